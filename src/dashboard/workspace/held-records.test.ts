import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { HeldRecords } from './held-records.ts'
import { outputRow } from './output-row.ts'

function setup() {
  const clock = new ManualClock()
  const senders = new Set<string>()
  const taken: string[] = []
  const held = new HeldRecords({
    clock,
    sendsLogs: (service) => senders.has(service),
    take: (rows) => taken.push(...rows.map(({ message }) => message)),
  })
  const say = (message: string): void => {
    const text = JSON.stringify({ time: '2030-01-01T00:00:00.000Z', level: 'info', message })
    const found = outputRow('orders', { stream: 'stdout', text, atMs: 0 }, 0)
    assert.ok(found?.isRecord)
    held.add(found.row)
  }
  return { clock, senders, taken, held, say }
}

describe('records out of captured output', () => {
  it('are not shown twice when their service sends them by OTLP, the first ones neither', async () => {
    const { clock, senders, taken, say } = setup()
    say('starts')
    await clock.advance(1_000)
    senders.add('orders')
    say('ready')
    await clock.advance(60_000)
    assert.deepEqual(taken, [])
    assert.equal(clock.pendingTimers, 0)
  })

  it('are taken in their order when it does not, first late and then at once', async () => {
    const { clock, taken, say } = setup()
    say('a')
    await clock.advance(2_000)
    say('b')
    assert.deepEqual(taken, [])
    await clock.advance(1_000)
    assert.deepEqual(taken, ['a'])
    await clock.advance(7_000)
    say('c')
    assert.deepEqual(taken, ['a', 'b', 'c'])
  })

  it('are decided about when the dashboard ends', () => {
    const { clock, taken, held, say } = setup()
    say('a')
    held.close()
    assert.deepEqual([taken, clock.pendingTimers], [['a'], 0])
  })
})

describe('a line of output', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const rows = [
    {
      text: { time: '2030-01-01T00:00:01Z', level: 'warn', message: 'm', service: 's', trace_id: trace, a: 1 },
      why: 'json',
    },
    {
      text: { '@timestamp': '2030-01-01T00:00:01Z', 'log.level': 'warn', message: 'm', 'trace.id': trace, a: 1 },
      why: 'ecs',
    },
    {
      text: { ts: '2030-01-01T00:00:01Z', level: 'warn', msg: 'm', service_name: 's', trace_id: trace, a: 1 },
      why: 'loki',
    },
  ]
  for (const { text, why } of rows) {
    it(`is a record by the names of ${why}`, () => {
      const found = outputRow('s', { stream: 'stdout', text: JSON.stringify(text), atMs: 5 }, 7)
      assert.deepEqual(found, {
        isRecord: true,
        row: {
          ...{ atMs: Date.parse('2030-01-01T00:00:01Z'), service: 's', level: 'warn', message: 'm', source: 'output' },
          ...{ attributes: { a: 1 }, traceId: trace, spanId: null },
        },
      })
    })
  }

  it('is text where it is no record', () => {
    for (const text of ['hello', '{"time":1}', '{"time":"x', '{"ts":"2030-01-01T00:00:01Z"}']) {
      const found = outputRow('s', { stream: 'stderr', text, atMs: 5 }, 7)
      assert.deepEqual([found?.isRecord, found?.row.message, found?.row.level], [false, text, 'error'])
    }
    assert.equal(outputRow('s', { stream: 'stdout', text: ' ', atMs: 5 }, 7), undefined)
  })
})
