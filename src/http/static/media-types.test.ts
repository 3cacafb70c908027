import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mediaTypeOf } from './media-types.ts'

describe('mediaTypeOf', () => {
  const rows = [
    { file: 'index.html', expected: 'text/html; charset=utf-8', why: 'text says its charset' },
    { file: 'APP.JS', expected: 'text/javascript; charset=utf-8', why: 'case does not matter' },
    { file: 'archive.tar.gz', expected: 'application/gzip', why: 'the last extension decides' },
    { file: 'README', expected: 'application/octet-stream', why: 'there is no extension' },
    {
      file: 'x.constructor',
      expected: 'application/octet-stream',
      why: 'no such type, though every object has the name',
    },
    { file: 'x.unknown', expected: 'application/octet-stream', why: 'nothing is guessed' },
  ]
  for (const { file, expected, why } of rows) {
    it(`${file} ▶ ${expected}: ${why}`, () => assert.equal(mediaTypeOf(file), expected))
  }
})
