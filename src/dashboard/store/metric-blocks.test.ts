import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { EventFeed } from '../live/event-feed.ts'
import type { MetricPoint } from '../otlp/metric-points.ts'
import { DashboardStore } from './dashboard-store.ts'
import { openStore } from './open-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-metrics-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function open(name: string, clock: ManualClock, maxBytes = 1e7): Promise<DashboardStore> {
  const sql = await openStore(join(folder, name))
  const onFault = (error: unknown): never => assert.fail(String(error))
  const options = {
    sql,
    clock,
    events: new EventFeed(),
    serviceAt: () => undefined,
    maxBytes,
    maxAgeMs: 86_400_000,
    onFault,
  }
  const store = new DashboardStore(options)
  store.start()
  return store
}

function point(clock: ManualClock, value: number, attributes = {}): MetricPoint {
  const of = {
    service: 'orders',
    instance: 'a',
    name: 'orders_total',
    kind: 'counter',
    description: '',
    unit: '',
  } as const
  return { ...of, isDelta: false, attributes, atMs: clock.now(), value }
}

function valuesIn(store: DashboardStore, clock: ManualClock): number[] {
  const range = store.metrics.range('orders_total', { stepMs: 60_000, fromMs: clock.now() - 7_200_000 }, clock.now())
  return (range?.series ?? []).flatMap(({ values }) => values.flatMap((value) => value ?? []))
}

describe('metrics', () => {
  it('are there again after the dashboard was started anew, and go on from where they were', async () => {
    const clock = new ManualClock()
    const first = await open('again.db', clock)
    for (let minute = 0; minute < 5; minute++) {
      first.addPoints([point(clock, minute * 60)])
      await clock.advance(60_000)
    }
    const before = valuesIn(first, clock)
    first.stop()
    const second = await open('again.db', clock)
    assert.deepEqual(valuesIn(second, clock), before)
    second.addPoints([point(clock, 300)])
    assert.equal(valuesIn(second, clock).at(-1), 1, 'one a second since the last point before')
    second.stop()
  })

  it('lose at most a minute to a crash', async () => {
    const clock = new ManualClock()
    const crashed = await openStore(join(folder, 'crash.db'))
    const events = new EventFeed()
    const store = new DashboardStore({
      ...{ sql: crashed, clock, events, serviceAt: () => undefined, maxBytes: 1e7, maxAgeMs: 86_400_000 },
      onFault: (error) => assert.fail(String(error)),
    })
    store.start()
    store.addPoints([point(clock, 1)])
    await clock.advance(61_000)
    crashed.close()
    const again = await open('crash.db', clock)
    assert.equal(again.metrics.points, 1)
    again.stop()
  })

  it('are forgotten after two hours, and stay within their share of the file', async () => {
    const clock = new ManualClock()
    const maxBytes = 200_000
    const store = await open('bounds.db', clock, maxBytes)
    for (let minute = 0; minute < 240; minute++) {
      const points = Array.from({ length: 100 }, (_, i) => point(clock, minute * Math.sin(i + minute) ** 2, { i }))
      store.addPoints(points)
      await clock.advance(60_000)
    }
    const { bytes } = store.view()
    assert.ok(bytes - store.metrics.bytes <= maxBytes * 0.15, `${bytes - store.metrics.bytes} on the disk`)
    store.stop()
    const again = await open('bounds.db', clock, maxBytes)
    const oldest = again.metrics.points
    assert.ok(oldest > 0 && oldest <= 120 * 100, String(oldest))
    again.stop()
  })
})
