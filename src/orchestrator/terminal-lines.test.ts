import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OrchestratorEvent, ServiceSnapshot, ServiceState } from './event.ts'
import { terminalLines } from './terminal-lines.ts'

const names = ['gateway', 'orders']
const plain = terminalLines({ names, color: false })

function line(text: string, name = 'orders'): OrchestratorEvent {
  return { kind: 'line', name, stream: 'stdout', text }
}

function state(to: ServiceState, note?: string): OrchestratorEvent {
  const service: ServiceSnapshot = {
    name: 'orders',
    state: to,
    pid: 1,
    url: 'http://127.0.0.1:20417',
    adminUrl: 'http://127.0.0.1:20418',
    restarts: 0,
    lastExit: undefined,
  }
  return { kind: 'state', service, note }
}

describe('terminalLines', () => {
  it('puts the name of the service before each line, in a column', () => {
    assert.equal(plain(line('hello')), 'orders  │ hello\n')
    assert.equal(plain(line('hello', 'gateway')), 'gateway │ hello\n')
  })

  it('makes our JSON log lines readable and leaves the service out, which stands before the line', () => {
    const json =
      '{"time":"2030-01-01T12:00:00.123Z","level":"info","message":"order placed","service":"orders","orderId":17}'
    assert.match(plain(line(json)), /^orders {2}│ \d\d:\d\d:00\.123 INFO {2}order placed {2}orderId=17\n$/)
  })

  it('shows the beginning of the trace id, and neither the version nor what is repeated', () => {
    const json =
      '{"time":"2030-01-01T12:00:00.123Z","level":"info","message":"m","version":"1.0.0","trace_id":"0af7651916cd43dd","span_id":"b7ad6b71"}'
    assert.match(plain(line(json)), /INFO {2}m {2}⟨0af76519⟩\n$/)
  })

  it('shows the stack of a logged error below its line', () => {
    const error = { type: 'Error', message: 'boom', stack: 'Error: boom\n  at place' }
    const json = JSON.stringify({ time: '2030-01-01T12:00:00.123Z', level: 'error', message: 'failed', error })
    const lines = plain(line(json)).split('\n')
    assert.match(lines[0] ?? '', /ERROR failed {2}error=/)
    assert.deepEqual(lines.slice(1), ['orders  │     Error: boom', 'orders  │       at place', ''])
  })

  const foreign = [
    { text: '{"time":"now","level":"info","message":"m"}', why: 'a time that is none' },
    { text: '{"time":"2030-01-01T12:00:00.123Z","level":"loud","message":"m"}', why: 'an unknown level' },
    { text: '{"time":', why: 'broken JSON' },
    { text: '', why: 'an empty line' },
  ]
  for (const { text, why } of foreign) {
    it(`leaves ${why} as it is`, () => assert.equal(plain(line(text)), `orders  │ ${text}\n`))
  }

  const states = [
    { event: state('ready'), text: 'orders  · ready at http://127.0.0.1:20417\n' },
    {
      event: state('crashed', 'exit code 1; it starts again in 200 ms'),
      text: 'orders  · crashed: exit code 1; it starts again in 200 ms\n',
    },
    { event: state('stopping', 'orders/main.ts changed'), text: 'orders  · restarting: orders/main.ts changed\n' },
    { event: state('starting'), text: '' },
  ]
  for (const { event, text } of states) {
    it(`says ${JSON.stringify(text)} when a service is ${event.kind === 'state' ? event.service.state : ''}`, () => {
      assert.equal(plain(event), text)
    })
  }

  it('gives each service its own colour', () => {
    const coloured = terminalLines({ names, color: true })
    assert.equal(coloured(line('x', 'gateway')), '\x1b[36mgateway │\x1b[0m x\n')
    assert.equal(coloured(line('x')), '\x1b[33morders  │\x1b[0m x\n')
  })
})
