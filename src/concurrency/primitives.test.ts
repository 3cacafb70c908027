/** What the table against Go does not say about the primitives. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import { Channel } from './channel.ts'
import { Cond } from './cond.ts'
import { Mutex } from './mutex.ts'
import { watchPending } from './pending-watch.ts'
import { Pool } from './pool.ts'
import { RWMutex } from './rw-mutex.ts'
import { select, trySelect } from './select.ts'
import { Semaphore } from './semaphore.ts'
import { SharedCounter } from './shared-counter.ts'
import { Singleflight } from './singleflight.ts'
import { nextTurn } from './sleep.ts'
import { Ticker } from './ticker.ts'

describe('Channel', () => {
  for (const capacity of [-1, 1.5, Number.POSITIVE_INFINITY]) {
    it(`refuses a capacity of ${capacity}`, () => assert.throws(() => new Channel(capacity), { code: 'BAD_CAPACITY' }))
  }

  it('carries undefined, told apart from its end by ok', async () => {
    const channel = new Channel<undefined>(1)
    await channel.send(undefined)
    channel.close()
    assert.deepEqual(await channel.receiveOk(), { ok: true, value: undefined })
    assert.deepEqual(await channel.receiveOk(), { ok: false, value: undefined })
  })

  it('keeps what was not received when a loop over it is left', async () => {
    const channel = new Channel<number>(3)
    for (const value of [1, 2, 3]) channel.trySend(value)
    for await (const value of channel) if (value === 1) break
    assert.equal(await channel.receive(), 2)
  })

  it('hands over between ready parties without waiting for the event loop', async () => {
    const channel = new Channel<number>()
    let turned = false
    setImmediate(() => {
      turned = true
    })
    const receiving = channel.receive()
    await channel.send(1)
    await receiving
    assert.equal(turned, false)
  })

  it('keeps the order of values through buffer and waiting senders', async () => {
    const channel = new Channel<number>(2)
    const sending = Array.from({ length: 6 }, (_, value) => channel.send(value))
    const received: unknown[] = []
    for (let at = 0; at < 6; at++) received.push(await channel.receive())
    await Promise.all(sending)
    assert.deepEqual(received, [0, 1, 2, 3, 4, 5])
  })
})

describe('select', () => {
  it('chooses by the lot that it is given, all cases alike', () => {
    const counts: Record<string, number> = {}
    for (let lot = 0; lot < 600; lot++) {
      const ready = Array.from({ length: 3 }, (_, at) => {
        const channel = new Channel<number>(1)
        channel.trySend(at)
        return channel.receiving()
      })
      // Six equally likely pairs of lots decide between three: 1/2 for the second, then 1/3 for the third.
      const lots = [0, (lot % 2) / 2, (Math.floor(lot / 2) % 3) / 3]
      const chosen = trySelect({ a: ready[0], b: ready[1], c: ready[2] }, { random: () => lots.shift() ?? 0 })
      counts[chosen?.case ?? 'none'] = (counts[chosen?.case ?? 'none'] ?? 0) + 1
    }
    assert.deepEqual(counts, { a: 200, b: 200, c: 200 })
  })

  it('takes nothing from the cases that it does not choose', async () => {
    const [left, right] = [new Channel<number>(1), new Channel<number>(1)]
    left.trySend(1)
    right.trySend(2)
    await select({ left: left.receiving(), right: right.receiving() })
    assert.equal(left.length + right.length, 1)
  })

  it('leaves every queue when one case wins', async () => {
    const watch = watchPending()
    const [left, right] = [new Channel<number>(), new Channel<number>()]
    const choosing = select({ left: left.receiving(), right: right.receiving(), sent: left.sending(3) })
    assert.equal(watch.pending().length, 3)
    await right.send(2)
    assert.deepEqual(await choosing, { case: 'right', ok: true, value: 2 })
    assert.deepEqual(watch.pending(), [])
    watch.stop()
  })

  it('never meets itself: its own send is not its own receive', async () => {
    const channel = new Channel<number>()
    const choosing = select({ sent: channel.sending(1), got: channel.receiving() })
    assert.equal(await channel.receive(), 1)
    assert.equal((await choosing).case, 'sent')
  })

  it('fails when the channel of a waiting send is closed', async () => {
    const channel = new Channel<number>()
    const choosing = select({ sent: channel.sending(1) })
    channel.close()
    await assert.rejects(choosing, { code: 'CHANNEL_CLOSED' })
  })

  it('hands values from one select to another', async () => {
    const channel = new Channel<string>()
    const receiving = select({ got: channel.receiving() })
    assert.deepEqual(await select({ sent: channel.sending('a') }), { case: 'sent', ok: true, value: undefined })
    assert.deepEqual(await receiving, { case: 'got', ok: true, value: 'a' })
  })
})

describe('Mutex', () => {
  it('keeps work apart that awaits in between', async () => {
    const mutex = new Mutex()
    let balance = 0
    const deposit = (): Promise<void> =>
      mutex.run(async () => {
        const seen = balance
        await nextTurn()
        balance = seen + 1
      })
    await Promise.all(Array.from({ length: 20 }, deposit))
    assert.equal(balance, 20)
  })

  it('is unlocked at the end of the block, by an error too', async () => {
    const mutex = new Mutex()
    const failing = async (): Promise<void> => {
      using _held = await mutex.lock()
      throw new Error('inside')
    }
    await assert.rejects(failing(), { message: 'inside' })
    await assert.rejects(
      mutex.run(() => {
        throw new Error('inside')
      }),
      { message: 'inside' },
    )
    assert.equal(mutex.locked, false)
  })
})

describe('RWMutex', () => {
  it('lets readers in together and writers alone, in order', async () => {
    const lock = new RWMutex()
    let [readers, most] = [0, 0]
    const log: string[] = []
    const read = (): Promise<void> =>
      lock.read(async () => {
        most = Math.max(most, ++readers)
        await nextTurn()
        readers--
        log.push('read')
      })
    const write = (): Promise<void> =>
      lock.write(async () => {
        assert.equal(readers, 0)
        await nextTurn()
        log.push('write')
      })
    await Promise.all([read(), read(), write(), read(), read()])
    assert.deepEqual([most, log], [2, ['read', 'read', 'write', 'read', 'read']])
  })
})

describe('Semaphore', () => {
  const faults: readonly { why: string; fault: () => unknown }[] = [
    { why: 'none at all', fault: () => new Semaphore(0) },
    { why: 'more than there are would never come', fault: () => new Semaphore(2).tryAcquire(3) },
    { why: 'more are given back than were taken', fault: () => new Semaphore(2).release() },
  ]
  for (const { why, fault } of faults) {
    it(`refuses: ${why}`, () => assert.throws(fault, { code: 'BAD_PERMITS' }))
  }

  it('bounds work', async () => {
    const semaphore = new Semaphore(2)
    let [running, most] = [0, 0]
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await nextTurn()
      running--
    }
    await Promise.all(Array.from({ length: 6 }, () => semaphore.run(work)))
    assert.deepEqual([most, semaphore.free], [2, 2])
  })
})

describe('Cond', () => {
  it('is not waited for without the lock', async () => {
    const watch = watchPending()
    await assert.rejects(new Cond(new Mutex()).wait(), { code: 'NOT_LOCKED' })
    assert.deepEqual(watch.pending(), [])
    watch.stop()
  })

  it('signal wakes the one that waits longest', async () => {
    const mutex = new Mutex()
    const cond = new Cond(mutex)
    const woken: number[] = []
    const wait = async (name: number): Promise<void> => {
      using _held = await mutex.lock()
      await cond.wait()
      woken.push(name)
    }
    const waiting = [wait(1), wait(2)]
    await nextTurn()
    cond.signal()
    await waiting[0]
    assert.deepEqual(woken, [1])
    cond.signal()
    await waiting[1]
  })
})

describe('Pool', () => {
  it('resets what comes back, and lets go of what a failed work leaves', async () => {
    let created = 0
    const pool = new Pool({
      create: () => ({ name: ++created, words: [] as string[] }),
      reset: (value) => (value.words.length = 0),
    })
    await pool.use((value) => value.words.push('a'))
    assert.deepEqual(await pool.use(({ name, words }) => [name, [...words]]), [1, []])
    await assert.rejects(pool.use(() => Promise.reject(new Error('work'))))
    assert.equal(pool.kept, 0)
    assert.equal(pool.get().name, 2)
  })
})

describe('Singleflight', () => {
  it('shares an error, thrown at once or later', async () => {
    const flights = new Singleflight<string, number>()
    for (const fail of [() => Promise.reject(new Error('later')), () => assert.fail('at once')]) {
      const calls = await Promise.allSettled([flights.do('a', fail), flights.do('a', fail)])
      assert.deepEqual(
        calls.map(({ status }) => status),
        ['rejected', 'rejected'],
      )
      assert.equal(flights.size, 0)
    }
  })

  it('works with the values of the first caller, but not with its deadline', async () => {
    const tenant = new ContextKey<string>('tenant')
    const context = new Context({ timeoutMs: 60_000 }).set(tenant, 'acme')
    const seen = await context.run(() =>
      new Singleflight<string, unknown>().do('a', (shared) => [shared.get(tenant), shared.deadlineMs]),
    )
    assert.deepEqual(seen, ['acme', Number.POSITIVE_INFINITY])
  })

  it('works anew after forget, while the old call still answers its own callers', async () => {
    const flights = new Singleflight<string, number>()
    const gate = Promise.withResolvers<number>()
    const old = flights.do('a', () => gate.promise)
    flights.forget('a')
    assert.equal(await flights.do('a', () => 2), 2)
    gate.resolve(1)
    assert.equal(await old, 1)
  })
})

describe('SharedCounter', () => {
  it('counts on memory that others see', () => {
    const counter = new SharedCounter()
    assert.equal(new SharedCounter(counter.memory).add(5), 5)
    assert.equal(counter.add(-2), 3)
    assert.equal(counter.value, 3)
  })
})

describe('watchPending', () => {
  it('names what waits and where it began', async () => {
    const watch = watchPending()
    const ticker = new Ticker(1_000)
    const channel = new Channel<number>()
    const receiving = channel.receive()
    assert.deepEqual(
      watch.pending().map(({ what, site }) => [what, /primitives\.test\.ts:\d+:\d+/.test(site)]),
      [
        ['Ticker', true],
        ['Channel.receive', true],
      ],
    )
    ticker.stop()
    channel.close()
    await receiving
    assert.deepEqual(watch.pending(), [])
    watch.stop()
  })
})
