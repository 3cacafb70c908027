import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LogFields } from '../logger.ts'
import { prettyFormat, wantsColor } from './pretty.ts'

const at = Date.UTC(2030, 0, 1, 12, 0, 0, 123)
const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: false }
const plain = prettyFormat({ utcOffsetMinutes: 60 })

function line(message: string, fields?: LogFields, format = plain): string {
  return format.line({ timeMs: at, level: 'info', message, trace: undefined, bound: '', fields })
}

describe('a pretty line', () => {
  it('has time, level, message, fields and the beginning of the trace id', () => {
    const bound = plain.bind({ service: 'orders' })
    const text = plain.line({
      timeMs: at,
      level: 'warn',
      message: 'late',
      trace,
      bound,
      fields: { ms: 12.5, path: '/a?b' },
    })
    assert.equal(text, '13:00:00.123 WARN  late  ms=12.5 path="/a?b" service=orders  ⟨0af76519⟩\n')
  })

  it('has no trailing blanks without fields', () => assert.equal(line('ready'), '13:00:00.123 INFO  ready\n'))

  it('shows values as JSON and secrets not at all', () => {
    assert.equal(
      line('x', { order: { id: 1 }, text: 'two words', token: 't', none: undefined }),
      '13:00:00.123 INFO  x  order={"id":1} text="two words" token=[redacted]\n',
    )
  })

  it('puts the stacks of an error and its causes below', () => {
    const error = Object.assign(new Error('outer'), { stack: 'Error: outer\n    at a', cause: parsed('inner') })
    assert.equal(
      line('failed', { error }),
      '13:00:00.123 INFO  failed  error="Error: outer"\n    Error: outer\n        at a\n    caused by Error: inner\n        at b\n',
    )
  })

  it('shows an error that was read from a JSON line in the same way', () => {
    assert.match(line('failed', { error: parsed('inner') }), /error="Error: inner"\n {4}Error: inner\n {8}at b\n$/)
  })

  it('lets no text from outside move the cursor or begin a line', () => {
    const text = line('a\x1b[2Jb\nc', { 'k\x9by': 'v\x1b\x9b', error: { name: 'E', message: 'm', stack: 's\x1b[0m' } })
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.length, 2, text)
    assert.ok(!lines.some((part) => /\p{Cc}/u.test(part)), JSON.stringify(text))
    assert.match(text, /a\\x1b\[2Jb\\nc/)
  })

  it('is coloured if asked', () => {
    assert.ok(line('x', {}, prettyFormat({ color: true })).includes('\x1b[32mINFO \x1b[0m x\n'))
  })
})

describe('colour is wanted', () => {
  const cases: { env: Record<string, string>; isTerminal: boolean; expected: boolean; why: string }[] = [
    { env: {}, isTerminal: true, expected: true, why: 'at a terminal' },
    { env: {}, isTerminal: false, expected: false, why: 'not in a pipe' },
    { env: { NO_COLOR: '1' }, isTerminal: true, expected: false, why: 'NO_COLOR with any value' },
    { env: { NO_COLOR: '' }, isTerminal: true, expected: true, why: 'NO_COLOR empty means nothing' },
    { env: { FORCE_COLOR: '1' }, isTerminal: false, expected: true, why: 'FORCE_COLOR in a pipe' },
    { env: { FORCE_COLOR: '' }, isTerminal: false, expected: true, why: 'FORCE_COLOR set but empty' },
    { env: { FORCE_COLOR: '0' }, isTerminal: true, expected: false, why: 'FORCE_COLOR=0' },
    { env: { FORCE_COLOR: '1', NO_COLOR: '1' }, isTerminal: false, expected: true, why: 'FORCE_COLOR wins' },
    { env: { TERM: 'dumb' }, isTerminal: true, expected: false, why: 'a terminal that cannot' },
  ]
  for (const { env, isTerminal, expected, why } of cases) {
    it(`${expected}: ${why}`, () => assert.equal(wantsColor(env, isTerminal), expected))
  }
})

/** What a JSON line leaves of an error. */
function parsed(message: string): Record<string, unknown> {
  return { name: 'Error', message, stack: `Error: ${message}\n    at b` }
}
