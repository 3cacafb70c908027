import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf } from '../scripted-socket.fixture.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { scanDone, scanMore, scanRefused, scanStep } from './field-section.ts'
import { latin1 } from './octets.ts'

const limits = { maxHeadBytes: 60, maxHeaders: 2 }

interface Outcome {
  result: string
  data?: string
  trailers?: string[]
  rest?: string
}

/** Decodes `text`, showing the decoder the bytes up to each of `stops`, then all. */
function decode(text: string, stops: readonly number[] = []): Outcome {
  const bytes = bytesOf(text)
  const decoder = new ChunkedDecoder(limits, 0)
  let data = ''
  for (const available of [...stops, bytes.length]) {
    let outcome = decoder.next(bytes, available)
    for (; outcome === scanStep; outcome = decoder.next(bytes, available)) {
      data += latin1(bytes, decoder.dataStart, decoder.dataEnd)
    }
    if (outcome === scanRefused) return { result: `${decoder.refusal?.code} ${decoder.refusal?.status}` }
    if (outcome === scanDone) {
      return { result: 'done', data, trailers: decoder.trailers ?? [], rest: text.slice(decoder.position) }
    }
    assert.equal(outcome, scanMore)
  }
  return { result: 'more' }
}

function assertEverySplit(text: string, expected: Outcome): void {
  const atOnce = decode(text)
  assert.deepEqual({ ...atOnce, ...expected }, atOnce)
  const everyByte = Array.from(text, (_, index) => index)
  assert.deepEqual(decode(text, everyByte), atOnce, 'byte by byte')
  // Long texts are cut at some places only, or the test takes the square of their length.
  const step = Math.ceil(text.length / 500)
  for (const cut of everyByte.filter((place) => place % step === 0)) {
    assert.deepEqual(decode(text, [cut]), atOnce, `cut at ${cut}`)
  }
}

const decoded: { why: string; text: string; expected: Partial<Outcome> }[] = [
  { why: 'no data at all', text: '0\r\n\r\n', expected: { data: '' } },
  { why: 'two chunks', text: '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n', expected: { data: 'hello world' } },
  { why: 'data that looks like a chunk', text: '5\r\n0\r\n\r\n\r\n0\r\n\r\n', expected: { data: '0\r\n\r\n' } },
  {
    why: 'hexadecimal digits of either case',
    text: 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n',
    expected: { data: '01234567890123456789' },
  },
  { why: 'zeroes in front', text: '001\r\na\r\n000\r\n\r\n', expected: { data: 'a' } },
  { why: 'what follows is left', text: '0\r\n\r\nGET', expected: { rest: 'GET' } },
  {
    why: 'extensions are ignored',
    text: '1;a;b=c;d="e;\\"f\r"\r\nx\r\n0;g\r\n\r\n'.replace('\r"', '"'),
    expected: { data: 'x' },
  },
  {
    why: 'space around the signs of an extension',
    text: '1 ; a = b ;c\t="d"\r\nx\r\n0\r\n\r\n',
    expected: { data: 'x' },
  },
  { why: 'trailers', text: '0\r\nA: b\r\nC:d\r\n\r\n', expected: { trailers: ['a', 'b', 'c', 'd'] } },
]

const refused: { why: string; text: string; result: string }[] = [
  { why: 'no size', text: '\r\n', result: 'BAD_BODY 400' },
  { why: 'a size that is no number', text: 'g\r\n', result: 'BAD_BODY 400' },
  { why: 'a negative size', text: '-1\r\n', result: 'BAD_BODY 400' },
  { why: 'a prefix', text: '0x1\r\n', result: 'BAD_BODY 400' },
  { why: 'a space in front', text: ' 1\r\n', result: 'BAD_BODY 400' },
  { why: 'a space behind', text: '1 \r\n', result: 'BAD_BODY 400' },
  { why: 'no semicolon before an extension', text: '1 a\r\n', result: 'BAD_BODY 400' },
  { why: 'a semicolon without extension', text: '1;\r\n', result: 'BAD_BODY 400' },
  { why: 'an extension without value', text: '1;a=\r\n', result: 'BAD_BODY 400' },
  { why: 'a space behind an extension', text: '1;a \r\n', result: 'BAD_BODY 400' },
  { why: 'an open quote', text: '1;a="b\r\n', result: 'BAD_BODY 400' },
  { why: 'text behind a quote', text: '1;a="b"c\r\n', result: 'BAD_BODY 400' },
  { why: 'bare LF behind the size', text: '1\na', result: 'BAD_BODY 400' },
  { why: 'bare CR behind the size', text: '1\ra', result: 'BAD_BODY 400' },
  { why: 'two CR behind the size', text: '5\r\r;ABCD\r\n', result: 'BAD_BODY 400' },
  { why: 'more data than announced', text: '1\r\nab\r\n', result: 'BAD_BODY 400' },
  { why: 'bare LF behind the data', text: '1\r\na\n', result: 'BAD_BODY 400' },
  { why: 'a size beyond numbers', text: 'fffffffffffffff\r\n', result: 'BAD_BODY 400' },
  { why: 'zeroes without end', text: '0'.repeat(17), result: 'BAD_BODY 400' },
  { why: 'extensions without end', text: `1;${'a'.repeat(5000)}`, result: 'BAD_BODY 400' },
  { why: 'small extensions without end', text: '1;aaaaaaaa\r\nx\r\n'.repeat(600), result: 'BAD_BODY 400' },
  { why: 'a malformed trailer', text: '0\r\na b: c\r\n\r\n', result: 'BAD_FIELD 400' },
  { why: 'a folded trailer', text: '0\r\na: b\r\n c\r\n\r\n', result: 'BAD_FIELD 400' },
  { why: 'too many trailers', text: `0\r\n${'a: b\r\n'.repeat(3)}\r\n`, result: 'HEAD_TOO_LARGE 431' },
  { why: 'trailers too large', text: `0\r\na: ${'b'.repeat(80)}\r\n\r\n`, result: 'HEAD_TOO_LARGE 431' },
]

describe('a chunked body is decoded', () => {
  for (const { why, text, expected } of decoded) it(why, () => assertEverySplit(text, { result: 'done', ...expected }))
})

describe('a chunked body is refused', () => {
  for (const { why, text, result } of refused) it(why, () => assertEverySplit(text, { result }))
})

describe('a chunked body', () => {
  it('is waited for as long as nothing is wrong with it', () => {
    const text = '3;a="b"\r\nabc\r\n0\r\nA: b\r\n\r\n'
    for (let end = 0; end < text.length; end++) assert.deepEqual(decode(text.slice(0, end)), { result: 'more' })
  })

  it('keeps the bytes of trailers until they are complete, and follows them when they move', () => {
    const decoder = new ChunkedDecoder(limits, 0)
    const first = bytesOf('0\r\nA: b\r\nC')
    assert.equal(decoder.next(first, first.length), scanMore)
    assert.equal(decoder.keepFrom, 3)
    decoder.shift(-3)
    const moved = bytesOf('A: b\r\nC: d\r\n\r\n')
    assert.equal(decoder.next(moved, moved.length), scanDone)
    assert.deepEqual(decoder.trailers, ['a', 'b', 'c', 'd'])
  })
})
