/** Whatever waits gives up when its context is cancelled, and leaves nothing behind. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { Channel } from './channel.ts'
import { Cond } from './cond.ts'
import { Group } from './group.ts'
import { Mutex } from './mutex.ts'
import { watchPending } from './pending-watch.ts'
import { RWMutex } from './rw-mutex.ts'
import { select } from './select.ts'
import { after } from './select-cases.ts'
import { Semaphore } from './semaphore.ts'
import { Singleflight } from './singleflight.ts'
import { sleep } from './sleep.ts'
import { WaitGroup } from './wait-group.ts'

const waits: readonly { what: string; wait: () => Promise<unknown> }[] = [
  { what: 'Channel.send', wait: () => new Channel<number>().send(1) },
  { what: 'Channel.receive', wait: () => new Channel<number>().receive() },
  { what: 'Channel.receive', wait: () => new Channel<number>().receiveOk() },
  { what: 'Channel.receive', wait: () => Array.fromAsync(new Channel<number>()) },
  { what: 'Channel.receive', wait: () => select({ job: new Channel<number>().receiving(), late: after(1_000) }) },
  { what: 'Mutex.lock', wait: () => lockTwice(new Mutex()) },
  { what: 'RWMutex.lock', wait: () => lockTwice(new RWMutex()) },
  { what: 'RWMutex.lock', wait: () => readBehindWriter(new RWMutex()) },
  { what: 'Semaphore.acquire', wait: () => acquireTwice(new Semaphore(1)) },
  { what: 'WaitGroup.wait', wait: () => waitForOne(new WaitGroup()) },
  { what: 'Cond.wait', wait: () => waitUnderLock(new Mutex()) },
  { what: 'Singleflight.do', wait: () => new Singleflight<string, void>().do('key', () => sleep(1_000)) },
  { what: 'Group.ready', wait: () => readyForSecond(new Group({ limit: 1, context: new Context() })) },
  { what: 'sleep', wait: () => sleep(1_000) },
]

describe('cancelling the current context', () => {
  for (const { what, wait } of waits) {
    it(`ends ${what} in ${wait.toString().slice(6)}`, async () => {
      const watch = watchPending()
      const clock = new ManualClock()
      const context = new Context({ clock })
      const waiting = context.run(wait)
      await clock.advance(0)
      assert.ok(
        watch.pending().some((pending) => pending.what === what),
        `${what} was to wait`,
      )
      context.cancel()
      await assert.rejects(waiting, { code: 'CANCELLED' })
      assert.deepEqual(
        watch.pending().filter((pending) => pending.what === what),
        [],
      )
      watch.stop()
    })

    it(`keeps ${what} from waiting in a context that is cancelled already: ${wait.toString().slice(6)}`, async () => {
      const context = new Context()
      context.cancel()
      await assert.rejects(context.run(wait), { code: 'CANCELLED' })
    })
  }

  it('happens by its deadline, too', async () => {
    const clock = new ManualClock()
    const waiting = new Channel<number>().receive(new Context({ timeoutMs: 50, clock }))
    const refused = assert.rejects(waiting, { code: 'DEADLINE_EXCEEDED' })
    await clock.advance(50)
    await refused
    assert.equal(clock.pendingTimers, 0)
  })

  it('leaves no listener on a context that goes on', async () => {
    const context = new Context()
    let listeners = 0
    const subscribe = context.onCancel.bind(context)
    context.onCancel = (listener) => {
      listeners++
      const unsubscribe = subscribe(listener)
      return () => {
        listeners--
        unsubscribe()
      }
    }
    const channel = new Channel<number>()
    for (const value of [1, 2, 3]) {
      const receiving = channel.receive(context)
      assert.equal(listeners, 1)
      await channel.send(value, context)
      assert.equal(await receiving, value)
    }
    assert.equal(listeners, 0)
  })
})

describe('one that gives up', () => {
  it('takes no value with it', async () => {
    const channel = new Channel<string>()
    const impatient = new Context()
    const [lost, patient] = [channel.receive(impatient), channel.receive()]
    impatient.cancel()
    await assert.rejects(lost)
    await channel.send('a')
    assert.equal(await patient, 'a')
  })

  it('gets no lock, which goes to the next in line', async () => {
    const mutex = new Mutex()
    const impatient = new Context()
    await mutex.lock()
    const [lost, next] = [mutex.lock(impatient), mutex.lock()]
    impatient.cancel()
    await assert.rejects(lost)
    mutex.unlock()
    await next
    assert.equal(mutex.locked, true)
  })

  it('lets readers pass that a writer held back', async () => {
    const lock = new RWMutex()
    const impatient = new Context()
    await lock.readLock()
    const [writing, reading] = [lock.lock(impatient), lock.readLock()]
    impatient.cancel()
    await assert.rejects(writing)
    await reading
  })

  it('lets small requests pass that a large one held back', async () => {
    const semaphore = new Semaphore(2)
    const impatient = new Context()
    await semaphore.acquire()
    const [large, small] = [semaphore.acquire(2, impatient), semaphore.acquire()]
    impatient.cancel()
    await assert.rejects(large)
    await small
  })

  it('has the lock again when it leaves Cond.wait, as its caller expects', async () => {
    const mutex = new Mutex()
    const cond = new Cond(mutex)
    const context = new Context()
    await mutex.lock()
    const waiting = cond.wait(context)
    assert.equal(mutex.locked, false)
    context.cancel()
    await assert.rejects(waiting, { code: 'CANCELLED' })
    assert.equal(mutex.locked, true)
  })

  it('does not end a shared call for the others; the last one does', async () => {
    const flights = new Singleflight<string, string>()
    const contexts = [new Context(), new Context()] as const
    const inside: Context[] = []
    const reason = (): string | undefined => inside[0]?.cancelled?.code
    const calls = contexts.map((context) =>
      flights.do(
        'key',
        (shared) => {
          inside.push(shared)
          return new Channel<string>().receive().then(() => 'never')
        },
        context,
      ),
    )
    contexts[0].cancel()
    await assert.rejects(calls[0] as Promise<string>, { code: 'CANCELLED' })
    assert.equal(reason(), undefined)
    contexts[1].cancel()
    await assert.rejects(calls[1] as Promise<string>, { code: 'CANCELLED' })
    assert.equal(reason(), 'CANCELLED')
    assert.equal(flights.size, 0)
  })
})

async function lockTwice(lock: Mutex | RWMutex): Promise<void> {
  await lock.lock()
  await lock.lock()
}

async function readBehindWriter(lock: RWMutex): Promise<void> {
  await lock.lock()
  await lock.readLock()
}

async function acquireTwice(semaphore: Semaphore): Promise<void> {
  await semaphore.acquire()
  await semaphore.acquire()
}

function waitForOne(group: WaitGroup): Promise<void> {
  group.add()
  return group.wait()
}

async function waitUnderLock(mutex: Mutex): Promise<void> {
  await mutex.lock()
  await new Cond(mutex).wait()
}

function readyForSecond(group: Group): Promise<void> {
  group.go(() => new Channel<number>().receive())
  return group.ready()
}
