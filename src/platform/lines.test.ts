import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineSplitter } from './lines.ts'

function linesOf(chunks: (string | Uint8Array)[], maxLength?: number): string[] {
  const lines: string[] = []
  const limit = maxLength === undefined ? {} : { maxLength }
  const splitter = new LineSplitter({ onLine: (line) => lines.push(line), ...limit })
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return lines
}

describe('LineSplitter', () => {
  const euro = Buffer.from('€')
  const cases = [
    { chunks: ['a\nb\n'], expected: ['a', 'b'], why: 'two lines at once' },
    { chunks: ['a', 'b', '\n'], expected: ['ab'], why: 'a line in pieces' },
    { chunks: ['a\r\nb\r', '\n'], expected: ['a', 'b'], why: 'the other line end, even in pieces' },
    { chunks: ['\n\n'], expected: ['', ''], why: 'empty lines are lines' },
    { chunks: ['a\nb'], expected: ['a', 'b'], why: 'a last line without an end' },
    { chunks: [], expected: [], why: 'nothing at all' },
    { chunks: [euro.subarray(0, 1), euro.subarray(1), '\n'], expected: ['€'], why: 'a character in pieces' },
    { chunks: ['abcdefgh\nij\n'], maxLength: 3, expected: ['abc', 'def', 'gh', 'ij'], why: 'a long line is cut' },
    { chunks: ['abcd', 'efg'], maxLength: 3, expected: ['abc', 'def', 'g'], why: 'so is one that never ends' },
  ]
  for (const { chunks, maxLength, expected, why } of cases) {
    it(`cuts lines: ${why}`, () => assert.deepEqual(linesOf(chunks, maxLength), expected))
  }
})
