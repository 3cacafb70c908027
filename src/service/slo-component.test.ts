import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Registry } from '../telemetry/registry.ts'
import { SloComponent } from './slo-component.ts'

function component(): { clock: ManualClock; slo: SloComponent } {
  const clock = new ManualClock()
  const declaration = { name: 'orders', slo: { availability: 0.99 } }
  return { clock, slo: new SloComponent({ declaration, read: () => new Registry({ clock }).snapshot(), clock }) }
}

describe('SloComponent', () => {
  it('leaves no timer behind, whenever it is stopped', async () => {
    const early = component()
    early.slo.start()
    await early.slo.stop()
    assert.equal(early.clock.pendingTimers, 0)

    const asked = component()
    asked.slo.start()
    assert.equal((await asked.slo.health()).status, 'UP')
    await asked.slo.stop()
    assert.equal(asked.clock.pendingTimers, 0)
  })

  it('starts nothing for who asks when it has stopped', async () => {
    const { clock, slo } = component()
    slo.start()
    await slo.stop()
    assert.deepEqual(await slo.health(), { status: 'UP' })
    assert.equal(clock.pendingTimers, 0)
  })
})
