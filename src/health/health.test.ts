import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import type { HealthStatus } from '../foundation/lifecycle/component.ts'
import { HealthRegistry } from './health-registry.ts'
import { type HealthReport, healthReport, overall, reportStatus } from './health-report.ts'
import { mergeHealth } from './merge-health.ts'
import { type Phase, passes, probeAnswer } from './phase.ts'

describe('probes', () => {
  const table: { phase: Phase; livez: boolean; startupz: boolean; readyz: boolean; why: string }[] = [
    { phase: 'starting', livez: true, startupz: false, readyz: false, why: 'a slow start is not a dead process' },
    { phase: 'ready', livez: true, startupz: true, readyz: true, why: 'it serves' },
    {
      phase: 'draining',
      livez: true,
      startupz: true,
      readyz: false,
      why: 'balancers must leave, the kubelet must not kill',
    },
    { phase: 'stopped', livez: false, startupz: false, readyz: false, why: 'it is over' },
  ]
  for (const { phase, why, ...expected } of table) {
    it(`in phase ${phase}: ${why}`, () => {
      const { livez, startupz, readyz } = expected
      assert.deepEqual(
        [passes('livez', phase), passes('startupz', phase), passes('readyz', phase)],
        [livez, startupz, readyz],
      )
    })
  }

  it('keep a service alive but not ready while a critical part is down', () => {
    assert.deepEqual(probeAnswer('readyz', 'ready', true), { status: 503, body: 'a critical part is down\n' })
    assert.equal(probeAnswer('livez', 'ready', true).status, 200)
  })
})

describe('overall', () => {
  const table: { parts: [HealthStatus, boolean][]; expected: HealthStatus; why: string }[] = [
    { parts: [], expected: 'UP', why: 'nothing to depend on' },
    {
      parts: [
        ['UP', true],
        ['UP', false],
      ],
      expected: 'UP',
      why: 'all is well',
    },
    {
      parts: [
        ['DOWN', true],
        ['UP', true],
      ],
      expected: 'DOWN',
      why: 'a critical part is gone',
    },
    { parts: [['DOWN', false]], expected: 'DEGRADED', why: 'it can serve without' },
    { parts: [['DEGRADED', true]], expected: 'DEGRADED', why: 'a part is not well' },
  ]
  for (const { parts, expected, why } of table) {
    it(`is ${expected}: ${why}`, () => {
      assert.equal(overall(parts.map(([status, critical]) => ({ status, critical }))), expected)
    })
  }
})

describe('HealthRegistry', () => {
  it('asks once for many probes, and again when the answer is old', async () => {
    const clock = new ManualClock()
    const registry = new HealthRegistry({ clock, cacheMs: 1_000 })
    let asked = 0
    registry.add({ name: 'database', check: () => ({ status: asked++ < 99 ? 'UP' : 'DOWN' }) })
    await Promise.all([registry.components(), registry.components()])
    await registry.components()
    assert.equal(asked, 1)
    await clock.advance(1_000)
    await registry.components()
    assert.equal(asked, 2)
  })

  it('reports a part that does not answer as down, and tells it to give up', async () => {
    const clock = new ManualClock()
    const registry = new HealthRegistry({ clock })
    let gaveUp = false
    registry.add({
      name: 'broker',
      timeoutMs: 50,
      check: (signal) => {
        signal.addEventListener('abort', () => {
          gaveUp = true
        })
        return new Promise(() => {})
      },
    })
    const asked = registry.components()
    await clock.advance(50)
    assert.deepEqual(await asked, {
      broker: { status: 'DOWN', error: 'no answer within 50 ms', latencyMs: 50, critical: true },
    })
    assert.equal(gaveUp, true)
    assert.equal(await registry.isDown(), true)
  })

  it('does not ask a part again that still hangs from the last time', async () => {
    const clock = new ManualClock()
    const registry = new HealthRegistry({ clock, cacheMs: 0 })
    const asked: PromiseWithResolvers<{ status: HealthStatus }>[] = []
    registry.add({
      name: 'broker',
      timeoutMs: 50,
      check: () => {
        asked.push(Promise.withResolvers())
        return asked.at(-1)?.promise ?? { status: 'DOWN' }
      },
    })
    const first = registry.components()
    await clock.advance(50)
    await first
    assert.equal((await registry.components()).broker?.error, 'an earlier check has not come back')
    assert.equal(asked.length, 1)
    asked[0]?.resolve({ status: 'UP' })
    await clock.advance(0)
    asked.length = 0
    const again = registry.components()
    asked[0]?.resolve({ status: 'UP' })
    assert.equal((await again).broker?.status, 'UP')
  })

  it('reports a throw as down, and refuses a second check of one name', async () => {
    const registry = new HealthRegistry()
    const check = (): never => {
      throw new Error('refused')
    }
    registry.add({ name: 'cache', critical: false, check })
    assert.equal((await registry.components()).cache?.error, 'refused')
    assert.equal(await registry.isDown(), false)
    assert.throws(() => registry.add({ name: 'cache', check }), { code: 'DUPLICATE_CHECK' })
  })
})

const subject = { service: 'orders', version: '1.2.3' }

function reportOf(status: HealthStatus, phase: Phase = 'ready'): HealthReport {
  return healthReport({ ...subject, phase, nowMs: 0 }, { database: { status, critical: true } })
}

describe('healthReport', () => {
  it('has status, service, version, time and every part', () => {
    assert.deepEqual(reportOf('UP'), {
      status: 'UP',
      ...subject,
      timestamp: '1970-01-01T00:00:00.000Z',
      phase: 'ready',
      components: { database: { status: 'UP', critical: true } },
    })
  })

  it('answers 503 only when down, and is down while it starts', () => {
    assert.equal(reportStatus(reportOf('DEGRADED')), 200)
    assert.equal(reportStatus(reportOf('DOWN')), 503)
    assert.equal(reportOf('UP', 'starting').status, 'DOWN')
  })
})

describe('mergeHealth', () => {
  const table: { workers: (HealthReport | undefined)[]; status: HealthStatus; phase: Phase; why: string }[] = [
    { workers: [reportOf('UP'), reportOf('UP')], status: 'UP', phase: 'ready', why: 'all serve' },
    { workers: [reportOf('UP'), undefined], status: 'DEGRADED', phase: 'ready', why: 'one does not answer' },
    { workers: [reportOf('DOWN'), undefined], status: 'DOWN', phase: 'ready', why: 'none can serve' },
    {
      workers: [reportOf('UP', 'draining'), reportOf('UP', 'draining')],
      status: 'UP',
      phase: 'draining',
      why: 'all drain',
    },
  ]
  for (const { workers, status, phase, why } of table) {
    it(`is ${status} and ${phase}: ${why}`, () => {
      const named = workers.map((report, at) => ({ worker: `worker-${at}`, report }))
      const merged = mergeHealth(subject, named, 0)
      assert.deepEqual([merged.status, merged.phase], [status, phase])
    })
  }

  it('names every worker and its parts', () => {
    const merged = mergeHealth(subject, [{ worker: 'worker-1', report: reportOf('DEGRADED') }], 0)
    assert.deepEqual(Object.keys(merged.components), ['worker-1', 'worker-1/database'])
  })
})
