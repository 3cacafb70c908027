import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { ToWorker } from './worker-message.ts'
import type { WorkerEvents, WorkerExit, WorkerProcess } from './worker-process.ts'
import { WorkerSet } from './worker-set.ts'

/** A worker process without a process: what it is told is kept, what it says is said by the test. */
class FakeProcess implements WorkerProcess {
  readonly pid: number
  readonly id: number
  readonly told: ToWorker[] = []
  readonly #events: WorkerEvents
  isAlive = true
  /** Its event loop does not turn. */
  hangs = false

  constructor(pid: number, id: number, events: WorkerEvents) {
    this.pid = pid
    this.id = id
    this.#events = events
  }

  get leads(): boolean {
    return this.isAlive && this.told.some(({ kind }) => kind === 'lead')
  }

  send(message: ToWorker): void {
    this.told.push(message)
    if (message.kind === 'ask' && message.question.kind === 'alive' && !this.hangs) this.answer(true)
  }

  ready(): void {
    this.#events.message({ kind: 'ready', url: `http://worker-${this.id}` })
  }

  /** Answers the latest question. */
  answer(value: unknown): void {
    const asked = this.told.findLast((message) => message.kind === 'ask')
    this.#events.message({ kind: 'answer', id: asked?.id ?? -1, value })
  }

  exit(exit: Partial<WorkerExit>): void {
    this.isAlive = false
    this.#events.exit({ code: undefined, signal: undefined, ...exit })
  }

  kill(): void {
    if (this.isAlive) this.exit({ signal: 'SIGKILL' })
  }
}

const plan = { unreadyMs: 0, lingerMs: 0, finishMs: 500, stopMs: 900, exitMs: 1_000 }

function fakeSet(count: number) {
  const clock = new ManualClock()
  const launched: FakeProcess[] = []
  const set = new WorkerSet({
    count,
    clock,
    log: noopLogger,
    launch(id, events) {
      const process = new FakeProcess(launched.length + 1, id, events)
      launched.push(process)
      return Promise.resolve(process)
    },
  })
  const living = (): FakeProcess[] => launched.filter(({ isAlive }) => isAlive)
  const leaders = (): number[] => launched.filter(({ leads }) => leads).map(({ pid }) => pid)
  return { clock, launched, set, living, leaders }
}

async function startedSet(count: number) {
  const fake = fakeSet(count)
  const starting = fake.set.start()
  for (const process of fake.launched) process.ready()
  await starting
  return fake
}

describe('WorkerSet', () => {
  it('has started when every worker serves, and names the first one leader', async () => {
    const { clock, launched, set, leaders } = fakeSet(3)
    let hasStarted = false
    const starting = set.start().then(() => {
      hasStarted = true
    })
    launched[0]?.ready()
    launched[2]?.ready()
    await clock.advance(0)
    assert.equal(hasStarted, false)
    assert.deepEqual(leaders(), [])
    launched[1]?.ready()
    await starting
    await clock.advance(0)
    assert.deepEqual(leaders(), [1])
  })

  it('gives up if a worker ends before it ever served, and leaves none behind', async () => {
    const { launched, set, living } = fakeSet(2)
    const starting = set.start()
    launched[0]?.ready()
    launched[1]?.exit({ code: 78 })
    await assert.rejects(starting, { code: 'WORKER_FAILED', details: { worker: 2, exitCode: 78 } })
    assert.deepEqual(living(), [])
  })

  it('starts a dead worker again, later with each death', async () => {
    const { clock, launched, living } = await startedSet(2)
    launched[1]?.exit({ signal: 'SIGKILL' })
    await clock.advance(99)
    assert.equal(launched.length, 2)
    await clock.advance(1)
    assert.deepEqual(
      living().map(({ id }) => id),
      [1, 2],
    )
    launched[2]?.exit({ code: 1 })
    await clock.advance(199)
    assert.equal(launched.length, 3)
    await clock.advance(1)
    assert.equal(launched.length, 4)
  })

  it('forgets deaths of a place whose worker was healthy for a while', async () => {
    const { clock, launched } = await startedSet(1)
    launched[0]?.exit({ code: 1 })
    await clock.advance(100)
    launched[1]?.ready()
    await clock.advance(10_000)
    launched[1]?.exit({ code: 1 })
    await clock.advance(100)
    assert.equal(launched.length, 3)
  })

  it('names another leader when the leader is gone, and never a second one before', async () => {
    const { clock, launched, leaders } = await startedSet(3)
    launched[0]?.exit({ signal: 'SIGKILL' })
    await clock.advance(0)
    assert.deepEqual(leaders(), [2])
    await clock.advance(100)
    launched[3]?.ready()
    await clock.advance(0)
    assert.deepEqual(leaders(), [2])
  })

  it('makes the next worker that serves the leader if no other is left', async () => {
    const { clock, launched, leaders } = await startedSet(1)
    launched[0]?.exit({ code: 1 })
    await clock.advance(100)
    assert.deepEqual(leaders(), [])
    launched[1]?.ready()
    await clock.advance(0)
    assert.deepEqual(leaders(), [2])
  })

  it('reloads one after the other: a worker drains only when its successor serves', async () => {
    const { clock, launched, set, leaders } = await startedSet(2)
    const drains = (): (number | undefined)[] =>
      launched.filter(({ told }) => told.some(({ kind }) => kind === 'drain')).map(({ pid }) => pid)
    const reloading = set.reload(plan)
    await clock.advance(0)
    assert.deepEqual(drains(), [])
    launched[2]?.ready()
    await clock.advance(0)
    assert.deepEqual(drains(), [1])
    assert.deepEqual(leaders(), [1])
    launched[0]?.exit({ code: 0 })
    await clock.advance(0)
    assert.equal(leaders().length, 1)
    launched[3]?.ready()
    await clock.advance(0)
    launched[1]?.exit({ code: 0 })
    await reloading
    await clock.advance(20_000)
    assert.equal(launched.length, 4)
  })

  it('kills who has not drained in time, and starts nothing again', async () => {
    const { clock, launched, set } = await startedSet(2)
    const draining = set.drain(plan)
    launched[0]?.exit({ code: 0 })
    await clock.advance(plan.exitMs + 200)
    assert.deepEqual(await draining, [
      { code: 0, signal: undefined },
      { code: undefined, signal: 'SIGKILL' },
    ])
    await clock.advance(60_000)
    assert.equal(launched.length, 2)
  })

  it('kills a worker that does not turn its event loop, but not for one silence', async () => {
    const { clock, launched, living } = await startedSet(2)
    const hanging = launched[1] as FakeProcess
    hanging.hangs = true
    await clock.advance(29_999)
    assert.equal(living().length, 2)
    await clock.advance(1)
    assert.deepEqual([hanging.isAlive, launched[0]?.isAlive], [false, true])
  })

  it('lets a worker live that was silent once', async () => {
    const { clock, launched, living } = await startedSet(1)
    const [worker] = launched as [FakeProcess]
    worker.hangs = true
    await clock.advance(19_000)
    worker.hangs = false
    await clock.advance(60_000)
    assert.equal(living().length, 1)
  })

  it('gets an answer, or the reason why there is none, from each', async () => {
    const { clock, launched, set } = await startedSet(3)
    const asking = set.ask({ kind: 'health' }, 500)
    await clock.advance(0)
    launched[0]?.answer({ status: 'UP' })
    launched[1]?.exit({ signal: 'SIGKILL' })
    await clock.advance(500)
    const answers = await asking
    assert.deepEqual(
      answers.map((answer) => ('error' in answer ? Reflect.get(answer.error, 'code') : answer.value)),
      [{ status: 'UP' }, 'WORKER_FAILED', 'WORKER_SILENT'],
    )
  })
})
