import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { preferredEncoding, preferredMediaType } from './accept.ts'

describe('preferredMediaType', () => {
  const offers = ['application/json', 'text/csv', 'text/html; charset=utf-8']
  const rows: { header: string | undefined; expected: string | undefined; why: string }[] = [
    { header: undefined, expected: 'application/json', why: 'anything is welcome: our first' },
    { header: '*/*', expected: 'application/json', why: 'anything is welcome' },
    { header: 'text/csv', expected: 'text/csv', why: 'it is asked for by name' },
    { header: 'text/*', expected: 'text/csv', why: 'our first of the family' },
    { header: 'text/html, application/json;q=0.9', expected: offers[2], why: 'the higher quality wins' },
    { header: 'text/*;q=0.3, text/html;q=0.7', expected: offers[2], why: 'the more specific pattern decides' },
    { header: '*/*, application/json;q=0', expected: 'text/csv', why: 'quality 0 rules a type out' },
    { header: 'image/png', expected: undefined, why: 'none of ours is acceptable' },
    { header: 'Application/JSON', expected: 'application/json', why: 'types are case-insensitive' },
    { header: 'application/json;version=2', expected: 'application/json', why: 'parameters are not told apart' },
    { header: 'text/csv;q=2', expected: 'text/csv', why: 'a malformed quality counts as 1' },
    { header: ',,', expected: undefined, why: 'an empty list accepts nothing' },
  ]
  for (const { header, expected, why } of rows) {
    it(`${header} ▶ ${expected}: ${why}`, () => assert.equal(preferredMediaType(header, offers), expected))
  }
})

describe('preferredEncoding', () => {
  const offers = ['zstd', 'br', 'gzip'] as const
  const rows: { header: string | undefined; expected: string | undefined; why: string }[] = [
    { header: undefined, expected: undefined, why: 'nothing is said, nothing is coded' },
    { header: 'gzip, deflate, br', expected: 'br', why: 'our order decides between equals' },
    { header: 'gzip;q=1, br;q=0.5', expected: 'gzip', why: 'the client prefers it' },
    { header: '*', expected: 'zstd', why: 'any will do' },
    { header: 'gzip;q=0.5, *;q=0', expected: 'gzip', why: 'all but gzip are ruled out' },
    { header: 'identity', expected: undefined, why: 'only plain content is named' },
    { header: 'identity, gzip;q=0.5', expected: undefined, why: 'plain content is preferred' },
    { header: 'identity;q=0.5, gzip;q=0.5', expected: 'gzip', why: 'as welcome as plain, and shorter' },
    { header: 'x-gzip', expected: 'gzip', why: 'the old name of gzip (RFC 9110 section 8.4.1.3)' },
    { header: 'gzip;q=0', expected: undefined, why: 'it is ruled out' },
    { header: '', expected: undefined, why: 'an empty list wants plain content' },
    { header: 'compress', expected: undefined, why: 'we have no such coding' },
  ]
  for (const { header, expected, why } of rows) {
    it(`${header} ▶ ${expected}: ${why}`, () => assert.equal(preferredEncoding(header, offers), expected))
  }
})
