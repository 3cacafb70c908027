/** What operators see of a door that turns requests away. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import type { AdmissionView, TurnedAwayNews } from '../http/shedding.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { Registry } from '../telemetry/registry.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { ServiceDoor } from './service-door.ts'

const calm: AdmissionView = { waiting: 0, isOverloaded: false, admitted: 7, serviceMs: 5, maxWaitMs: 500 }
const news: TurnedAwayNews = { method: 'GET', route: '/work', status: 503, reason: 'waited', priority: 'low' }

function opened({ countsRequests = true } = {}) {
  const clock = new ManualClock()
  const meter = new Registry({ clock })
  const sink = new MemorySink()
  const log = createJsonLogger({ sink })
  const levels = () => sink.lines.map((line) => (JSON.parse(line) as { level: string }).level)
  const state = { view: calm }
  const door = new ServiceDoor({ shedding: {}, view: () => state.view, countsRequests, meter, log, clock })
  const pointsOf = (name: string) =>
    meter
      .snapshot()
      .find((family) => family.name === name)
      ?.series.map(({ labelValues, point }) => [...labelValues, point])
  return { clock, door, levels, state, pointsOf }
}

describe('ServiceDoor', () => {
  it('counts who is turned away, among all requests as well', () => {
    const { door, pointsOf } = opened()
    door.shedding.onTurnedAway?.(news)
    door.shedding.onTurnedAway?.(news)
    assert.deepEqual(pointsOf('http_admission_shed_total'), [['waited', 'low', 2]])
    assert.deepEqual(pointsOf('http_requests_total'), [['GET', '/work', '503', 2]])
  })

  it('tells once for each episode, at its begin and at its end', async () => {
    const { clock, door, levels } = opened()
    for (let at = 0; at < 100; at++) {
      door.shedding.onTurnedAway?.(news)
      await clock.advance(100)
    }
    assert.deepEqual(levels(), ['warn'])
    await clock.advance(10_000)
    assert.deepEqual(levels(), ['warn', 'info'])
    assert.equal(clock.pendingTimers, 0)
    door.shedding.onTurnedAway?.(news)
    assert.deepEqual(levels(), ['warn', 'info', 'warn'])
  })

  it('says nothing of callers that gave up by themselves', () => {
    const { door, levels } = opened()
    door.shedding.onTurnedAway?.({ ...news, status: 504, reason: 'deadline' })
    assert.deepEqual(levels(), [])
  })

  it('shows how it is', () => {
    const { door, state, pointsOf } = opened()
    assert.equal(door.health().status, 'UP')
    state.view = { ...calm, isOverloaded: true, waiting: 3, admitted: 9 }
    const { status, details } = door.health()
    assert.deepEqual([status, details?.waiting], ['DEGRADED', 3])
    assert.deepEqual(pointsOf('http_admission_overloaded'), [[1]])
    assert.deepEqual(pointsOf('http_admission_admitted_total'), [[9]])
  })
})
