import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { createService } from './service.ts'

describe('service.schedule()', () => {
  it('runs jobs while the service runs, shows them at the admin port, and waits for them when it ends', async () => {
    const clock = new ManualClock(Date.UTC(2030, 0, 1))
    const service = createService({ name: 'reports', log: noopLogger, clock })
    const ended = Promise.withResolvers<void>()
    const ran: string[] = []
    service.schedule(
      '*/10 * * * *',
      async ({ tick }) => {
        await ended.promise
        ran.push(tick.toISOString())
      },
      { name: 'digest' },
    )
    assert.deepEqual(service.declaration.jobs, ['digest'])
    const running = await service.start()
    await clock.advance(10 * 60_000)
    const answer = await fetch(`${running.adminUrl}/schedule`)
    assert.equal(answer.status, 200)
    const { isShared, jobs } = (await answer.json()) as { isShared: boolean; jobs: { runs: { state: string }[] }[] }
    assert.equal(isShared, false)
    assert.deepEqual(
      jobs[0]?.runs.map(({ state }) => state),
      ['running'],
    )
    const stopping = running.stop()
    ended.resolve()
    assert.deepEqual((await stopping).failures, [])
    assert.deepEqual(ran, ['2030-01-01T00:10:00.000Z'])
  })

  it('shows none where there are none', async () => {
    const running = await createService({ name: 'reports', log: noopLogger }).start()
    assert.deepEqual(await (await fetch(`${running.adminUrl}/schedule`)).json(), { isShared: false, jobs: [] })
    await running.stop()
  })

  it('says at the start what is no time', async () => {
    const service = createService({ name: 'reports', log: noopLogger })
    service.schedule('never', () => undefined, { name: 'digest' })
    await assert.rejects(service.start(), { code: 'BAD_SCHEDULE' })
  })
})
