import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTraceparent, parseTraceContext, w3cPropagator } from './propagation.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const valid = `00-${traceId}-${spanId}-01`

describe('a traceparent', () => {
  const right: { text: string; sampled: boolean; random: boolean; why: string }[] = [
    { text: valid, sampled: true, random: false, why: 'sampled' },
    { text: `00-${traceId}-${spanId}-00`, sampled: false, random: false, why: 'not sampled' },
    { text: `00-${traceId}-${spanId}-02`, sampled: false, random: true, why: 'level 2: random, not sampled' },
    { text: `00-${traceId}-${spanId}-03`, sampled: true, random: true, why: 'level 2: both' },
    {
      text: `00-${traceId}-${spanId}-fd`,
      sampled: true,
      random: false,
      why: 'flags that do not exist yet are ignored',
    },
    { text: `01-${traceId}-${spanId}-01`, sampled: true, random: false, why: 'a future version of the same form' },
    {
      text: `cc-${traceId}-${spanId}-01-what-the-future-brings`,
      sampled: true,
      random: false,
      why: 'a future version with more',
    },
    { text: `cc-${traceId}-${spanId}-01-`, sampled: true, random: false, why: 'a future version with nothing more' },
  ]
  for (const { text, sampled, random, why } of right) {
    it(`is read: ${why}`, () => {
      assert.deepEqual(parseTraceContext(text), { traceId, spanId, sampled, hasRandomTraceId: random })
    })
  }

  const wrong: { text: string | undefined; why: string }[] = [
    { text: undefined, why: 'absent' },
    { text: '', why: 'empty' },
    { text: `ff-${traceId}-${spanId}-01`, why: 'version ff' },
    { text: `${valid}-more`, why: 'version 00 has nothing more' },
    { text: `${valid}-`, why: 'version 00 with a dash at the end' },
    { text: `cc-${traceId}-${spanId}-01.more`, why: 'a future version continues with a dash' },
    { text: `00-${'0'.repeat(32)}-${spanId}-01`, why: 'a trace id of zeros' },
    { text: `00-${traceId}-${'0'.repeat(16)}-01`, why: 'a span id of zeros' },
    { text: valid.toUpperCase(), why: 'upper case' },
    { text: `0-${traceId}-${spanId}-01`, why: 'a short version' },
    { text: `00-${traceId.slice(1)}-${spanId}-01`, why: 'a short trace id' },
    { text: `00-${traceId}0-${spanId}-01`, why: 'a long trace id' },
    { text: `00-${traceId}-${spanId}0-01`, why: 'a long span id' },
    { text: `00-${traceId}-${spanId}-1`, why: 'short flags' },
    { text: `00-${traceId}-${spanId}-0g`, why: 'not hexadecimal' },
    { text: `00_${traceId}_${spanId}_01`, why: 'other separators' },
    { text: ` ${valid}`, why: 'white space, which the HTTP parser has removed' },
    { text: `${valid}, ${valid}`, why: 'two headers' },
    { text: `${valid}\n`, why: 'a newline at the end' },
  ]
  for (const { text, why } of wrong) {
    it(`is refused: ${why}`, () => assert.equal(parseTraceContext(text, 'a=1'), undefined))
  }

  it('is written in version 00 with the flags that it came with', () => {
    for (const text of right.slice(0, 4).map((row) => row.text)) {
      const context = parseTraceContext(text)
      assert.equal(context === undefined ? '' : formatTraceparent(context), text)
    }
  })
})

describe('a tracestate', () => {
  const long = (key: string, length: number): string => `${key}=${'x'.repeat(length - key.length - 1)}`
  const members = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',')
  const cases: { text: string; expected: string | undefined; why: string }[] = [
    { text: 'a=1,b=2', expected: 'a=1,b=2', why: 'passed on' },
    { text: 'tenant@vendor=1', expected: 'tenant@vendor=1', why: 'a tenant' },
    { text: '1a-_*/=x', expected: '1a-_*/=x', why: 'level 2: keys may begin with a digit' },
    { text: ' a=1 ,\tb=2\t', expected: 'a=1,b=2', why: 'white space around members' },
    { text: 'a=1,,b=2,', expected: 'a=1,b=2', why: 'empty members' },
    { text: 'a= 1', expected: 'a= 1', why: 'a value may begin with a space' },
    { text: 'a=1,a=2', expected: 'a=1,a=2', why: 'keys that repeat are left to whoever owns them' },
    { text: members(32), expected: members(32), why: '32 members' },
    { text: members(33), expected: undefined, why: '33 members' },
    { text: 'A=1', expected: undefined, why: 'an upper-case key' },
    { text: '_a=1', expected: undefined, why: 'a key that begins with punctuation' },
    { text: 'a', expected: undefined, why: 'no value' },
    { text: 'a=', expected: undefined, why: 'an empty value' },
    { text: 'a=1=2', expected: undefined, why: 'an equals sign in a value' },
    { text: 'a=ä', expected: undefined, why: 'beyond ASCII' },
    { text: '\u00a0a=1', expected: undefined, why: 'a no-break space is not white space' },
    { text: long('k'.repeat(256), 258), expected: long('k'.repeat(256), 258), why: 'a key of 256' },
    { text: long('k'.repeat(257), 259), expected: undefined, why: 'a key of 257' },
    { text: long('k', 258), expected: long('k', 258), why: 'a value of 256' },
    { text: long('k', 259), expected: undefined, why: 'a value of 257' },
    { text: ' , ', expected: undefined, why: 'nothing' },
    {
      text: ['a=1', long('b', 200), long('c', 200), long('d', 128), 'e=1'].join(','),
      expected: ['a=1', long('d', 128), 'e=1'].join(','),
      why: 'above 512 characters, members above 128 go first',
    },
    {
      text: Array.from({ length: 6 }, (_, i) => long(`k${i}`, 128)).join(','),
      expected: Array.from({ length: 3 }, (_, i) => long(`k${i}`, 128)).join(','),
      why: 'then members from the end',
    },
  ]
  for (const { text, expected, why } of cases) {
    it(why, () => assert.equal(parseTraceContext(valid, text)?.traceState, expected))
  }

  it('takes time in proportion to its length', () => {
    const startMs = performance.now()
    parseTraceContext(valid, `a=1${' '.repeat(100_000)}x`)
    assert.ok(performance.now() - startMs < 100)
  })
})

it('the propagator reads and writes headers', () => {
  const headers = new Map([
    ['traceparent', valid],
    ['tracestate', 'a=1'],
  ])
  const context = w3cPropagator.extract({ header: (name) => headers.get(name) })
  assert.ok(context)
  const written = new Map<string, string>()
  w3cPropagator.inject(context, written)
  assert.deepEqual(written, headers)
  assert.equal(w3cPropagator.extract({ header: () => undefined }), undefined)
})
