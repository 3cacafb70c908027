import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refresher } from './refresher.ts'

describe('a refresher', () => {
  it('works at once, one at a time, and once more for all who asked meanwhile', async () => {
    const started: PromiseWithResolvers<void>[] = []
    const next = signals(3)
    const refresh = refresher(
      () => {
        const work = Promise.withResolvers<void>()
        started.push(work)
        next[started.length - 1]?.resolve()
        return work.promise
      },
      { leastGapMs: 0 },
    )
    refresh.ask()
    await next[0]?.promise
    for (let asked = 0; asked < 5; asked++) refresh.ask()
    assert.equal(started.length, 1, 'asking does not end what is under way')
    started[0]?.resolve()
    await next[1]?.promise
    assert.equal(started.length, 2)
    refresh.stop()
  })

  it('goes on after a failure, and gives up what is under way when it is stopped', async () => {
    const second = Promise.withResolvers<AbortSignal>()
    let count = 0
    const refresh = refresher(
      async (signal) => {
        count += 1
        if (count === 1) throw new Error('the first one fails')
        second.resolve(signal)
        await new Promise<void>(() => {})
      },
      { leastGapMs: 0 },
    )
    refresh.ask()
    refresh.ask()
    const signal = await second.promise
    refresh.stop()
    assert.equal(signal.aborted, true)
    refresh.ask()
    assert.equal(count, 2)
  })
})

function signals(count: number): PromiseWithResolvers<void>[] {
  return Array.from({ length: count }, () => Promise.withResolvers<void>())
}
