import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planShutdown, planWorkerShutdown } from './shutdown-plan.ts'

describe('the plan of a shutdown', () => {
  it('leaves time for components to stop, and ends before it would be killed', () => {
    assert.deepEqual(planShutdown({ graceMs: 30_000, unreadyMs: 5_000 }), {
      unreadyMs: 5_000,
      lingerMs: 2_000,
      finishMs: 21_000,
      stopMs: 29_000,
      exitMs: 29_500,
    })
  })

  it('closes idle connections at once where nobody waits for balancers', () => {
    assert.equal(planShutdown({ graceMs: 30_000, unreadyMs: 0 }).lingerMs, 0)
  })

  for (const graceMs of [1, 10, 100, 1_000, 10_000, 600_000]) {
    it(`fits into ${graceMs} ms in this order`, () => {
      const { unreadyMs, lingerMs, finishMs, stopMs, exitMs } = planShutdown({ graceMs, unreadyMs: graceMs / 2 })
      assert.ok(lingerMs <= finishMs)
      assert.ok(unreadyMs + finishMs < stopMs)
      assert.ok(stopMs < exitMs && exitMs < graceMs)
    })
  }

  it('never has less than no time for requests', () => {
    assert.equal(planShutdown({ graceMs: 1_000, unreadyMs: 999 }).finishMs, 0)
  })

  it('ends workers before their supervisor, in what is left when balancers have noticed', () => {
    const plan = planShutdown({ graceMs: 30_000, unreadyMs: 5_000 })
    assert.deepEqual(planWorkerShutdown(plan), {
      unreadyMs: 0,
      lingerMs: 2_000,
      finishMs: 20_500,
      stopMs: 23_500,
      exitMs: 24_000,
    })
  })
})
