import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import type { Fault } from './fault.ts'
import type { FaultGuard } from './fault-guard.ts'
import { FaultRegistry } from './fault-registry.ts'
import type { TimedFault } from './fault-set.ts'

const fault: Fault = { effect: { kind: 'abort' }, durationMs: 5_000 }
const ada = { by: 'ada', from: '10.0.0.1' }

function registryOn(clock: ManualClock, maxDurationMs?: number) {
  const applied: (readonly TimedFault[])[] = []
  const registry = new FaultRegistry({
    service: 'orders',
    clock,
    apply: (faults) => void applied.push(faults),
    ...(maxDurationMs !== undefined && { maxDurationMs }),
  })
  const told: string[] = []
  registry.onEvent(({ kind, fault: { id } }) => told.push(`${kind} ${id}`))
  return { registry, applied, told }
}

describe('FaultRegistry', () => {
  it('ends a fault when its time is over, without being asked', async () => {
    const clock = new ManualClock()
    const { registry, applied, told } = registryOn(clock)
    const { startedAt, endsAt } = await registry.inject(fault, ada)
    assert.deepEqual([startedAt, endsAt], ['2030-01-01T00:00:00.000Z', '2030-01-01T00:00:05.000Z'])
    await clock.advance(4_999)
    assert.equal(registry.timed()[0]?.leftMs, 1)
    await clock.advance(1)
    const { active, history } = registry.view()
    assert.deepEqual([active, history[0]?.ended, history[0]?.endedAt], [[], 'time', endsAt])
    assert.deepEqual(
      applied.map((faults) => faults.length),
      [1, 0],
    )
    assert.deepEqual(told, ['injected f1', 'ended f1'])
    assert.equal(clock.pendingTimers, 0)
  })

  const refusals: { fault: unknown; code: string; why: string }[] = [
    { fault: { ...fault, durationMs: 60_001 }, code: 'BAD_FAULT', why: 'longer than this service allows' },
    { fault: { ...fault, target: { service: 'users' } }, code: 'FAULT_ELSEWHERE', why: 'it is meant for another one' },
  ]
  for (const { fault: refused, code, why } of refusals) {
    it(`refuses with ${code}: ${why}`, async () => {
      const { registry, applied } = registryOn(new ManualClock(), 60_000)
      await assert.rejects(registry.inject(refused, ada), { code })
      assert.deepEqual(applied, [])
    })
  }

  it('has twenty at once and no more, and keeps the last 200 that ended', async () => {
    const { registry } = registryOn(new ManualClock())
    for (let round = 0; round < 12; round++) {
      for (let each = 0; each < 20; each++) await registry.inject(fault, ada)
      await assert.rejects(registry.inject(fault, ada), { code: 'TOO_MANY_FAULTS' })
      assert.equal((await registry.stopAll({ by: 'bob' })).length, 20)
    }
    const { history } = registry.view()
    assert.equal(history.length, 200)
    assert.deepEqual([history[0]?.id, history[0]?.endedBy], ['f240', 'bob'])
  })

  it('stops what is active, once', async () => {
    const { registry } = registryOn(new ManualClock())
    const { id } = await registry.inject(fault, ada)
    await registry.stop(id, { by: 'bob' })
    await assert.rejects(registry.stop(id, { by: 'bob' }), { code: 'UNKNOWN_FAULT', status: 404 })
  })

  const guards: { guard: FaultGuard; why: string; says: string }[] = [
    { guard: { name: 'budget', check: () => 'it is spent' }, says: 'it is spent', why: 'it says so' },
    { guard: { name: 'budget', check: async () => 'spent' }, says: 'spent', why: 'it says so later' },
    {
      guard: { name: 'budget', check: () => Promise.reject(new Error('no metrics')) },
      says: 'it could not be watched: no metrics',
      why: 'nobody watches any more',
    },
  ]
  for (const { guard, says, why } of guards) {
    it(`ends a fault by a guard within a second: ${why}`, async () => {
      for (const isForAll of [true, false]) {
        const clock = new ManualClock()
        const { registry } = registryOn(clock)
        if (isForAll) registry.guard(guard)
        await registry.inject(fault, ada, isForAll ? {} : { guards: [guard] })
        await clock.advance(1_000)
        const [ended] = registry.view().history
        assert.deepEqual([ended?.ended, ended?.endedBy, ended?.why], ['guard', 'budget', says])
        assert.equal(clock.pendingTimers, 0)
      }
    })
  }

  it('asks guards again and again, while there is something to watch', async () => {
    const clock = new ManualClock()
    const { registry } = registryOn(clock)
    let asked = 0
    const leave = registry.guard({ name: 'patience', check: () => void asked++ })
    await clock.advance(3_000)
    assert.equal(asked, 0, 'nothing is active')
    await registry.inject(fault, ada)
    await clock.advance(3_000)
    assert.equal(asked, 3)
    await clock.advance(10_000)
    assert.equal(asked, 4, 'the fault ended at the same time as the fifth')
    leave()
  })
})
