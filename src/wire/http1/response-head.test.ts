import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf } from '../scripted-socket.fixture.ts'
import { scanDone, scanMore, scanRefused } from './field-section.ts'
import { ResponseHead } from './response-head.ts'

const limits = { maxHeadBytes: 200, maxHeaders: 3 }

interface Outcome {
  result: string
  status?: number
  version?: number
  length?: number | 'chunked' | undefined
  pairs?: string[]
}

function scan(text: string, stops: readonly number[] = []): Outcome {
  const bytes = bytesOf(text)
  const head = new ResponseHead(limits)
  head.reset(0)
  for (const available of [...stops, bytes.length]) {
    const outcome = head.scan(bytes, available)
    if (outcome === scanRefused) return { result: head.refusal?.code ?? '' }
    if (outcome === scanDone) {
      const length = head.framing.isChunked ? 'chunked' : head.framing.contentLength
      return {
        result: 'done',
        status: head.status,
        version: head.minorVersion,
        length,
        pairs: head.fields.pairs(bytes),
      }
    }
    assert.equal(outcome, scanMore)
  }
  return { result: 'more' }
}

function assertEverySplit(text: string, expected: Outcome): void {
  const atOnce = scan(text)
  assert.deepEqual({ ...atOnce, ...expected }, atOnce)
  const everyByte = Array.from(text, (_, index) => index)
  assert.deepEqual(scan(text, everyByte), atOnce, 'byte by byte')
  for (const cut of everyByte) assert.deepEqual(scan(text, [cut]), atOnce, `cut at ${cut}`)
}

const accepted: { why: string; text: string; expected: Partial<Outcome> }[] = [
  {
    why: 'a status and a reason',
    text: 'HTTP/1.1 200 OK\r\n\r\n',
    expected: { status: 200, version: 1, length: undefined },
  },
  { why: 'an older version', text: 'HTTP/1.0 404 Not Found\r\n\r\n', expected: { status: 404, version: 0 } },
  { why: 'no reason', text: 'HTTP/1.1 204 \r\n\r\n', expected: { status: 204 } },
  { why: 'no reason and no space', text: 'HTTP/1.1 204\r\n\r\n', expected: { status: 204 } },
  { why: 'any words as a reason', text: 'HTTP/1.1 200 \xe9t\xe9 \t!\r\n\r\n', expected: { status: 200 } },
  { why: 'a length', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', expected: { length: 5 } },
  { why: 'chunks', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', expected: { length: 'chunked' } },
  { why: 'fields', text: 'HTTP/1.1 200 OK\r\nA: b\r\nA: c\r\n\r\n', expected: { pairs: ['a', 'b', 'a', 'c'] } },
]

const refused: { why: string; text: string; result: string }[] = [
  { why: 'another protocol', text: 'SSH-2.0-x\r\n', result: 'BAD_RESPONSE' },
  { why: 'another major version', text: 'HTTP/2.0 200 OK\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'a status of two digits', text: 'HTTP/1.1 20 OK\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'a status of four digits', text: 'HTTP/1.1 2000 OK\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'a status below 100', text: 'HTTP/1.1 099 OK\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'bare LF', text: 'HTTP/1.1 200 OK\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'bare CR', text: 'HTTP/1.1 200 OK\rA: b\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'NUL in the reason', text: 'HTTP/1.1 200 \0\r\n\r\n', result: 'BAD_RESPONSE' },
  { why: 'a folded field', text: 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', result: 'BAD_FIELD' },
  {
    why: 'two lengths',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    result: 'BAD_CONTENT_LENGTH',
  },
  {
    why: 'length and chunks',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    result: 'BAD_TRANSFER_ENCODING',
  },
  {
    why: 'chunks in HTTP/1.0',
    text: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    result: 'BAD_TRANSFER_ENCODING',
  },
  { why: 'too many fields', text: `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(4)}\r\n`, result: 'HEAD_TOO_LARGE' },
  { why: 'too many bytes', text: `HTTP/1.1 200 ${'x'.repeat(300)}`, result: 'HEAD_TOO_LARGE' },
]

describe('a response head is accepted', () => {
  for (const { why, text, expected } of accepted) it(why, () => assertEverySplit(text, { result: 'done', ...expected }))
})

describe('a response head is refused', () => {
  for (const { why, text, result } of refused) it(why, () => assertEverySplit(text, { result }))
})
