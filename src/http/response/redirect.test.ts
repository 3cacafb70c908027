import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkLocation } from './redirect.ts'

describe('checkLocation', () => {
  const sent = [
    { location: '/orders/1?tab=a#top', expected: '/orders/1?tab=a#top', why: 'a path on this host' },
    { location: 'https://shop.example/', expected: 'https://shop.example/', why: 'an address that says its scheme' },
    { location: '../up', expected: '../up', why: 'a relative path' },
    { location: '/café?q=a b', expected: '/caf%C3%A9?q=a%20b', why: 'what cannot stand in a header is encoded' },
    { location: '/%2F', expected: '/%2F', why: 'what is encoded stays so' },
  ]
  for (const { location, expected, why } of sent) {
    it(`sends '${location}': ${why}`, () => assert.equal(checkLocation(location), expected))
  }

  const refused = [
    { location: '', why: 'it is empty' },
    { location: '/a\r\nset-cookie: x=1', why: 'it would add a header' },
    { location: '/a\0', why: 'NUL' },
    { location: '//evil.example/', why: 'another host in the clothes of a path' },
    { location: '/\\evil.example/', why: 'browsers take a backslash for a slash' },
    { location: '\\\\evil.example/', why: 'two of them as well' },
    { location: '/\ud800', why: 'half a surrogate pair' },
  ]
  for (const { location, why } of refused) {
    it(`refuses ${JSON.stringify(location)}: ${why}`, () => {
      assert.throws(() => checkLocation(location), { code: 'BAD_REDIRECT' })
    })
  }
})
