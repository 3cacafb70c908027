import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { otlpOutcome } from './otlp-answer.ts'

function outcomeOf(contentType: string, body: Uint8Array) {
  const header = (name: string): string | undefined => (name === 'content-type' ? contentType : undefined)
  return otlpOutcome({ status: 200, header, body }, 0)
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('an answer of 200', () => {
  const protobuf = 'application/x-protobuf'
  const json = 'application/json; charset=utf-8'
  const rows = [
    { type: protobuf, body: bytes(), expected: { kind: 'accepted', rejected: 0 }, why: 'empty is all' },
    {
      type: protobuf,
      body: bytes(0x0a, 0),
      expected: { kind: 'accepted', rejected: 0 },
      why: 'an empty partial success too',
    },
    {
      type: protobuf,
      body: bytes(0x0a, 3, 0x08, 0xac, 0x02),
      expected: { kind: 'accepted', rejected: 300 },
      why: 'a number',
    },
    {
      type: protobuf,
      body: bytes(0x0a, 6, 0x08, 2, 0x12, 2, 0x6e, 0x6f),
      expected: { kind: 'accepted', rejected: 2, message: 'no' },
      why: 'a number and a reason',
    },
    {
      type: protobuf,
      body: bytes(0x0a, 4, 0x12, 2, 0x6e, 0x6f),
      expected: { kind: 'accepted', rejected: 0, message: 'no' },
      why: 'a warning',
    },
    { type: json, body: text('{}'), expected: { kind: 'accepted', rejected: 0 }, why: 'all' },
    {
      type: json,
      body: text('{"partialSuccess":{"rejectedLogRecords":"7","errorMessage":"no"}}'),
      expected: { kind: 'accepted', rejected: 7, message: 'no' },
      why: 'numbers of 64 bits are text',
    },
    { type: json, body: text('{"partialSuccess":null}'), expected: { kind: 'accepted', rejected: 0 }, why: 'null' },
    {
      type: json,
      body: text('<html>'),
      expected: { kind: 'accepted', rejected: 0 },
      why: 'what cannot be read is a yes',
    },
    { type: '', body: text('thanks'), expected: { kind: 'accepted', rejected: 0 }, why: 'so is what is nothing' },
  ]
  for (const { type, body, expected, why } of rows) {
    it(`${type || 'nothing'}: ${why}`, () => assert.deepEqual(outcomeOf(type, body), expected))
  }

  it('is read without harm, whatever it says', () => {
    fc.assert(
      fc.property(fc.constantFrom(protobuf, json), fc.uint8Array({ maxLength: 100 }), (type, body) => {
        const outcome = outcomeOf(type, body)
        assert.equal(outcome.kind, 'accepted')
        assert.ok(outcome.kind === 'accepted' && outcome.rejected >= 0)
      }),
      { numRuns: 2_000 },
    )
  })
})
