import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { socketsEngine } from '../wire/engines/sockets.ts'
import { HeaderList } from '../wire/headers.ts'
import { httpProbe, waitUntilReady } from './readiness.ts'

const url = 'http://127.0.0.1:1/readyz'

describe('waitUntilReady', () => {
  it('asks every 25 ms until the answer is yes', async () => {
    const clock = new ManualClock()
    const asked: number[] = []
    const probe = async (): Promise<boolean> => asked.push(clock.monotonic()) === 3
    const ready = waitUntilReady({ url, signal: new AbortController().signal, clock, probe })
    await clock.advance(50)
    await ready
    assert.deepEqual(asked, [0, 25, 50])
  })

  it('gives up when the signal aborts', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const ready = waitUntilReady({ url, signal: controller.signal, clock, probe: async () => false })
    await clock.advance(100)
    controller.abort(new Error('gone'))
    await assert.rejects(ready, /gone/)
    assert.equal(clock.pendingTimers, 0)
  })
})

describe('httpProbe', () => {
  const signal = new AbortController().signal

  it('takes 200 for yes, and anything else for not yet', async () => {
    let status = 503
    const server = await socketsEngine.listen({
      handler: (exchange) => exchange.respond(status, new HeaderList(), 'whatever'),
    })
    const probe = (): Promise<boolean> => httpProbe(`http://127.0.0.1:${server.port}/readyz`, signal)
    assert.equal(await probe(), false)
    status = 200
    assert.equal(await probe(), true)
    await server.close(AbortSignal.timeout(0))
    assert.equal(await probe(), false)
  })
})
