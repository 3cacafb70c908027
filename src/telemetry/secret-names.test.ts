import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secretNames } from './secret-names.ts'

describe('a name is secret', () => {
  const isSecret = secretNames()
  const cases: { name: string; expected: boolean; why: string }[] = [
    { name: 'password', expected: true, why: 'the plain word' },
    { name: 'DB_PASSWORD', expected: true, why: 'as an environment variable' },
    { name: 'newPasswordHash', expected: true, why: 'inside another word' },
    { name: 'x-api-key', expected: true, why: 'punctuation does not count' },
    { name: 'APIKEY', expected: true, why: 'without word boundaries' },
    { name: 'Set-Cookie', expected: true, why: 'a header' },
    { name: 'proxy-authorization', expected: true, why: 'another header' },
    { name: 'aws.secretAccessKey', expected: true, why: 'in a path' },
    { name: 'sessionId', expected: true, why: 'it is as good as the password while it lasts' },
    { name: 'path', expected: false, why: 'ends like nothing secret' },
    { name: 'key', expected: false, why: 'too common a word' },
    { name: 'author', expected: false, why: 'the beginning of a word is not the word' },
    { name: '', expected: false, why: 'no name' },
  ]
  for (const { name, expected, why } of cases) {
    it(`'${name}': ${expected} (${why})`, () => assert.equal(isSecret(name), expected))
  }

  it('by further words, and not by exceptions, in whatever spelling', () => {
    const own = secretNames({ words: ['tax-id', '--'], except: ['token_count'] })
    assert.equal(own('customerTaxId'), true)
    assert.equal(own('tokenCount'), false)
    assert.equal(own('path'), false, 'a word of punctuation alone means nothing')
  })
})
