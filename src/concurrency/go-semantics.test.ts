/** The table in docs/reference/concurrency.md: each row is one test here, of the same name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { Channel } from './channel.ts'
import { Cond } from './cond.ts'
import { Group, go } from './group.ts'
import { Mutex } from './mutex.ts'
import { Once } from './once.ts'
import { Pool } from './pool.ts'
import { RWMutex } from './rw-mutex.ts'
import { select, trySelect } from './select.ts'
import { after, cancelled } from './select-cases.ts'
import { Semaphore } from './semaphore.ts'
import { Singleflight } from './singleflight.ts'
import { nextTurn } from './sleep.ts'
import { Ticker } from './ticker.ts'
import { Timer } from './timer.ts'
import { WaitGroup } from './wait-group.ts'

interface Row {
  /** As the first cell of the table says it. */
  readonly go: string
  readonly check: () => Promise<void> | void
}

const rows: readonly Row[] = [
  {
    go: '`go f()` in an `errgroup.Group`',
    async check() {
      const order: string[] = []
      const group = new Group()
      const task = group.go(async () => {
        order.push('begins inside go()')
        await nextTurn()
        order.push('ends later')
        return 7
      })
      order.push('go() returned')
      await group.wait()
      assert.deepEqual(order, ['begins inside go()', 'go() returned', 'ends later'])
      assert.equal(await task.result, 7)
    },
  },
  {
    go: '`go f()` outside of any group',
    check: () => assert.throws(() => go(() => 1), { code: 'NO_GROUP' }),
  },
  {
    go: '`g.Wait()` returns the first error',
    async check() {
      const group = new Group()
      group.go(async () => {
        await nextTurn()
        throw new Error('first')
      })
      group.go(async (context) => {
        await new Promise((resolve) => context.onCancel(resolve))
        throw new Error('second')
      })
      await assert.rejects(group.wait(), { message: 'first' })
    },
  },
  {
    go: '`errgroup.WithContext`: the first error cancels',
    async check() {
      const group = new Group()
      const waiting = group.go(() => new Channel<void>().receive())
      const cause = new Error('no stock')
      group.go(() => Promise.reject(cause))
      await assert.rejects(group.wait(), cause)
      await assert.rejects(waiting.result, { code: 'CANCELLED', cause })
    },
  },
  {
    go: '`g.SetLimit(n)`',
    async check() {
      const group = new Group({ limit: 2 })
      const gate = new Channel<void>()
      for (let at = 0; at < 3; at++) group.go(() => gate.receive())
      assert.deepEqual([group.running, group.queued], [2, 1])
      gate.close()
      await group.wait()
      assert.deepEqual([group.running, group.queued], [0, 0])
    },
  },
  {
    go: '`g.TryGo(f)`',
    async check() {
      const group = new Group({ limit: 1 })
      const gate = new Channel<void>()
      assert.notEqual(
        group.tryGo(() => gate.receive()),
        undefined,
      )
      assert.equal(
        group.tryGo(() => assert.fail('never starts')),
        undefined,
      )
      gate.close()
      await group.wait()
    },
  },
  {
    go: '`g.Go(f)` after the first error',
    async check() {
      const group = new Group()
      group.go(() => {
        throw new Error('first')
      })
      const late = group.go(() => assert.fail('never starts'))
      await assert.rejects(late.result, { code: 'CANCELLED' })
      await assert.rejects(group.wait(), { message: 'first' })
    },
  },
  {
    go: 'a panic in a goroutine',
    async check() {
      const group = new Group()
      group.go(() => {
        throw new TypeError('at once')
      })
      await assert.rejects(group.wait(), { name: 'TypeError' })
    },
  },
  {
    go: 'send on an unbuffered channel',
    async check() {
      const channel = new Channel<string>()
      let sent = false
      const sending = channel.send('a').then(() => (sent = true))
      await nextTurn()
      assert.equal(sent, false)
      assert.equal(await channel.receive(), 'a')
      await sending
    },
  },
  {
    go: 'send on a buffered channel',
    async check() {
      const channel = new Channel<number>(2)
      await channel.send(1)
      await channel.send(2)
      assert.equal(channel.trySend(3), false)
      assert.deepEqual([channel.length, channel.capacity], [2, 2])
      const third = channel.send(3)
      assert.deepEqual([await channel.receive(), await channel.receive(), await channel.receive()], [1, 2, 3])
      await third
    },
  },
  {
    go: 'waiting senders and receivers are served in order',
    async check() {
      const channel = new Channel<number>()
      const receiving = [channel.receive(), channel.receive()]
      await channel.send(1)
      await channel.send(2)
      assert.deepEqual(await Promise.all(receiving), [1, 2])
      const sending = [channel.send(3), channel.send(4)]
      assert.deepEqual([await channel.receive(), await channel.receive()], [3, 4])
      await Promise.all(sending)
    },
  },
  {
    go: '`v, ok := <-ch` on a closed channel',
    async check() {
      const channel = new Channel<number>(1)
      await channel.send(1)
      channel.close()
      assert.deepEqual(await channel.receiveOk(), { ok: true, value: 1 })
      assert.deepEqual(await channel.receiveOk(), { ok: false, value: undefined })
      assert.equal(await channel.receive(), undefined)
    },
  },
  {
    go: '`close(ch)` wakes receivers',
    async check() {
      const channel = new Channel<number>()
      const receiving = [channel.receive(), channel.receiveOk()]
      channel.close()
      assert.deepEqual(await Promise.all(receiving), [undefined, { ok: false, value: undefined }])
    },
  },
  {
    go: 'send on a closed channel',
    async check() {
      const channel = new Channel<number>()
      const waiting = channel.send(1)
      channel.close()
      await assert.rejects(waiting, { code: 'CHANNEL_CLOSED' })
      await assert.rejects(channel.send(2), { code: 'CHANNEL_CLOSED' })
      assert.throws(() => channel.trySend(3), { code: 'CHANNEL_CLOSED' })
    },
  },
  {
    go: '`close` of a closed channel',
    check() {
      const channel = new Channel<number>()
      channel.close()
      assert.throws(() => channel.close(), { code: 'CHANNEL_CLOSED' })
    },
  },
  {
    go: '`for v := range ch`',
    async check() {
      const channel = new Channel<number>(3)
      for (const value of [1, 2, 3]) channel.trySend(value)
      channel.close()
      assert.deepEqual(await Array.fromAsync(channel), [1, 2, 3])
    },
  },
  {
    go: '`select` among ready cases',
    async check() {
      const [left, right] = [new Channel<number>(1), new Channel<number>(1)]
      const counts = { left: 0, right: 0 }
      for (let round = 0; round < 2_000; round++) {
        if (left.length === 0) left.trySend(1)
        if (right.length === 0) right.trySend(1)
        const chosen = await select({ left: left.receiving(), right: right.receiving() })
        counts[chosen.case]++
      }
      // 2,000 throws of a coin: six standard deviations around the half.
      assert.ok(Math.abs(counts.left - 1_000) < 6 * Math.sqrt(500), JSON.stringify(counts))
    },
  },
  {
    go: '`select` waits for the first',
    async check() {
      const [jobs, results] = [new Channel<string>(), new Channel<number>()]
      const choosing = select({ job: jobs.receiving(), sent: results.sending(42) })
      assert.equal(await results.receive(), 42)
      assert.deepEqual(await choosing, { case: 'sent', ok: true, value: undefined })
      assert.equal(jobs.trySend('nobody waits any more'), false)
    },
  },
  {
    go: '`select` with `default`',
    check() {
      const jobs = new Channel<string>(1)
      assert.equal(trySelect({ job: jobs.receiving() }), undefined)
      jobs.trySend('a')
      assert.deepEqual(trySelect({ job: jobs.receiving() }), { case: 'job', ok: true, value: 'a' })
    },
  },
  {
    go: 'a nil channel in `select`',
    async check() {
      const jobs = new Channel<string>(1)
      const nobody = undefined as Channel<string> | undefined
      jobs.trySend('a')
      for (let round = 0; round < 50; round++) {
        const chosen = await select({ never: nobody?.receiving(), job: jobs.receiving() })
        assert.equal(chosen.case, 'job')
        jobs.trySend('a')
      }
    },
  },
  {
    go: 'a closed channel in `select`',
    async check() {
      const jobs = new Channel<string>()
      jobs.close()
      assert.deepEqual(await select({ job: jobs.receiving() }), { case: 'job', ok: false, value: undefined })
      await assert.rejects(select({ sent: jobs.sending('a') }), { code: 'CHANNEL_CLOSED' })
    },
  },
  {
    go: '`case <-time.After(d)`',
    async check() {
      const clock = new ManualClock()
      const choosing = select({ job: new Channel<string>().receiving(), late: after(500, clock) })
      await clock.advance(500)
      assert.equal((await choosing).case, 'late')
      const jobs = new Channel<string>(1)
      const second = select({ job: jobs.receiving(), late: after(500, clock) })
      await jobs.send('in time')
      assert.equal((await second).case, 'job')
      assert.equal(clock.pendingTimers, 0)
    },
  },
  {
    go: '`case <-ctx.Done()`',
    async check() {
      const context = new Context()
      const choosing = select({ job: new Channel<string>().receiving(), gone: cancelled(context) }, { context })
      context.cancel()
      const chosen = await choosing
      assert.equal(chosen.case === 'gone' && chosen.value.code, 'CANCELLED')
      await assert.rejects(select({ job: new Channel<string>().receiving() }, { context }), { code: 'CANCELLED' })
    },
  },
  {
    go: '`time.Timer`: `Stop`, `Reset`',
    async check() {
      const clock = new ManualClock(1_000)
      const timer = new Timer(10, clock)
      assert.equal(timer.stop(), true)
      assert.equal(timer.stop(), false)
      timer.reset(20)
      await clock.advance(20)
      assert.equal(timer.reset(5), false)
      assert.equal(timer.channel.tryReceive(), undefined, 'the old value does not stay')
      await clock.advance(5)
      assert.deepEqual(timer.channel.tryReceive(), { ok: true, value: 1_025 })
    },
  },
  {
    go: '`time.Ticker` drops ticks for slow receivers',
    async check() {
      const clock = new ManualClock(0)
      using ticker = new Ticker(10, clock)
      await clock.advance(35)
      assert.deepEqual(ticker.channel.tryReceive(), { ok: true, value: 10 })
      assert.equal(ticker.channel.tryReceive(), undefined)
      await clock.advance(5)
      assert.deepEqual(ticker.channel.tryReceive(), { ok: true, value: 40 })
    },
  },
  {
    go: '`sync.Mutex`',
    async check() {
      const mutex = new Mutex()
      await mutex.lock()
      assert.equal(mutex.tryLock(), false)
      const second = mutex.lock()
      mutex.unlock()
      assert.equal(mutex.locked, true, 'handed over: nobody can come in between')
      await second
      mutex.unlock()
      assert.equal(mutex.locked, false)
    },
  },
  {
    go: '`Unlock` of an unlocked mutex',
    check() {
      assert.throws(() => new Mutex().unlock(), { code: 'NOT_LOCKED' })
      assert.throws(() => new RWMutex().readUnlock(), { code: 'NOT_LOCKED' })
    },
  },
  {
    go: '`sync.RWMutex`: a waiting writer holds back new readers',
    async check() {
      const lock = new RWMutex()
      await lock.readLock()
      assert.equal(lock.tryReadLock(), true)
      const writing = lock.lock()
      assert.equal(lock.tryReadLock(), false)
      lock.readUnlock()
      lock.readUnlock()
      await writing
      const reading = [lock.readLock(), lock.readLock()]
      lock.unlock()
      await Promise.all(reading)
    },
  },
  {
    go: '`sync.WaitGroup`',
    async check() {
      const group = new WaitGroup()
      group.add(2)
      const waiting = group.wait()
      group.done()
      group.done()
      await waiting
      assert.throws(() => group.done(), { code: 'BAD_COUNT' })
      await group.go(() => 1)
      await group.wait()
    },
  },
  {
    go: '`sync.Once`, `sync.OnceValue`',
    async check() {
      const once = new Once<Promise<number>>()
      let calls = 0
      const open = async (): Promise<number> => ++calls
      assert.deepEqual(await Promise.all([once.do(open), once.do(open)]), [1, 1])
      const failing = new Once<number>()
      const fail = (): never => {
        throw new Error(`call ${++calls}`)
      }
      for (let round = 0; round < 2; round++) assert.throws(() => failing.do(fail), { message: 'call 2' })
    },
  },
  {
    go: '`sync.Cond`',
    async check() {
      const mutex = new Mutex()
      const cond = new Cond(mutex)
      let stock = 0
      const buy = async (): Promise<void> => {
        using _held = await mutex.lock()
        while (stock === 0) await cond.wait()
        stock--
      }
      const buying = [buy(), buy()]
      await nextTurn()
      await mutex.run(() => {
        stock = 2
        cond.broadcast()
      })
      await Promise.all(buying)
      assert.deepEqual([stock, mutex.locked], [0, false])
    },
  },
  {
    go: '`sync.Pool`',
    check() {
      const pool = new Pool({ create: () => ({ uses: 0 }), maxKept: 1 })
      const [first, second] = [pool.get(), pool.get()]
      pool.put(first)
      pool.put(second)
      assert.equal(pool.kept, 1)
      assert.equal(pool.get(), first)
    },
  },
  {
    go: '`semaphore.Weighted`: a large request is not overtaken',
    async check() {
      const semaphore = new Semaphore(3)
      await semaphore.acquire(2)
      const large = semaphore.acquire(3)
      assert.equal(semaphore.tryAcquire(1), false)
      semaphore.release(2)
      await large
      assert.equal(semaphore.free, 0)
    },
  },
  {
    go: '`singleflight.Group`',
    async check() {
      const flights = new Singleflight<string, number>()
      let calls = 0
      const look = (): Promise<number> => flights.do('a', async () => ++calls)
      assert.deepEqual(await Promise.all([look(), look()]), [1, 1])
      assert.equal(await look(), 2)
      assert.equal(flights.size, 0)
    },
  },
  {
    go: 'an operation that is ready, in a cancelled context',
    async check() {
      const context = new Context()
      context.cancel()
      const channel = new Channel<number>(1)
      await channel.send(1, context)
      assert.equal(await channel.receive(context), 1)
      await assert.rejects(channel.receive(context), { code: 'CANCELLED' })
    },
  },
  {
    go: '`runtime.Gosched()`',
    async check() {
      let turned = false
      setImmediate(() => {
        turned = true
      })
      await nextTurn()
      await nextTurn()
      assert.equal(turned, true)
    },
  },
]

describe('against Go', () => {
  for (const { go: row, check } of rows) it(row, check)

  it('documents these rows and no others', () => {
    const page = readFileSync(new URL('../../docs/reference/concurrency.md', import.meta.url), 'utf8')
    const table = page.split('## Against Go')[1]?.split('\n## ')[0] ?? ''
    const documented = [...table.matchAll(/^\| (.+?) \| /gm)].map(([, cell]) => cell).filter((cell) => cell !== 'Go')
    assert.deepEqual(
      documented,
      rows.map(({ go: row }) => row),
    )
  })
})
