import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import type { ServiceError } from '../foundation/errors/service-error.ts'
import { triple } from './fixtures/other-works.ts'
import {
  contextFacts,
  count,
  crash,
  crashLater,
  double,
  doubleLater,
  fail,
  failLater,
  fill,
  hog,
  hold,
  returnFunction,
  spin,
} from './fixtures/works.ts'
import { watchPending } from './pending-watch.ts'
import { SharedCounter } from './shared-counter.ts'
import { threadCount, threadHeapMb } from './thread-count.ts'
import { defineWork, type Work, workAt } from './work.ts'
import { Workers } from './workers.ts'

/** A work that holds its thread until the gate opens. */
class Gate {
  readonly memory = new SharedArrayBuffer(12)
  readonly #cells = new Int32Array(this.memory)

  open(): void {
    Atomics.store(this.#cells, 0, 1)
    Atomics.notify(this.#cells, 0)
  }

  async begun(times: number): Promise<void> {
    await untilAtLeast(this.#cells, 1, times)
  }

  async cancelledEnds(times: number): Promise<void> {
    await untilAtLeast(this.#cells, 2, times)
  }
}

/** The other thread says by shared memory how far it is; turns of the event loop pass until then. */
async function untilAtLeast(cells: Int32Array | BigInt64Array, at: number, expected: number): Promise<void> {
  while (Number(Atomics.load(cells as Int32Array, at)) < expected) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

describe('Workers', () => {
  it('run works of several modules, sync and async, and bring their results back', async () => {
    await using workers = new Workers({ threads: 2 })
    const results = await Promise.all([workers.run(double, 21), workers.run(doubleLater, 21), workers.run(triple, 14)])
    assert.deepEqual(results, [42, 42, 42])
  })

  it('start threads only as they are needed, up to their number', async () => {
    await using workers = new Workers({ threads: 2 })
    assert.equal(workers.running, 0)
    await workers.run(double, 1)
    await workers.run(double, 2)
    assert.equal(workers.running, 1)
    await Promise.all(Array.from({ length: 50 }, (_, at) => workers.run(double, at)))
    assert.equal(workers.running, 2)
  })

  it('answer many small calls, each with its own result', async () => {
    await using workers = new Workers({ threads: 2, maxPending: 100 })
    const results = await Promise.all(Array.from({ length: 2_000 }, (_, at) => workers.run(double, at)))
    assert.deepEqual(
      results,
      Array.from({ length: 2_000 }, (_, at) => at * 2),
    )
  })

  it('count on shared memory from all threads', async () => {
    await using workers = new Workers({ threads: 2 })
    const counter = new SharedCounter()
    await Promise.all(Array.from({ length: 8 }, () => workers.run(count, counter.memory)))
    assert.equal(counter.value, 8_000)
  })

  it('hand buffers over without a copy, both ways', async () => {
    await using workers = new Workers({ threads: 1 })
    const bytes = new Uint8Array(4)
    const filled = await workers.run(fill, bytes, { transfer: [bytes.buffer] })
    assert.equal(bytes.byteLength, 0)
    assert.deepEqual([...filled], [7, 7, 7, 7])
  })

  it('give the work a context that is the current one and has the deadline of the caller', async () => {
    await using workers = new Workers({ threads: 1 })
    assert.deepEqual(await workers.run(contextFacts, undefined), { isCurrent: true, hasDeadline: false })
    const context = new Context({ timeoutMs: 60_000 })
    assert.deepEqual(await workers.run(contextFacts, undefined, { context }), { isCurrent: true, hasDeadline: true })
  })

  it('do not keep the process alive when they are idle', async () => {
    assert.equal(await outputOf('fixtures/idle-workers.ts'), '42')
  })

  it('are closed before the process ends that awaits it', async () => {
    assert.equal(await outputOf('fixtures/closing-workers.ts'), 'closed 0')
  })
})

describe('an error of a work', () => {
  const plain = { code: 'WORK_FAILED', status: 500 }
  const errors: readonly {
    why: string
    work: Work<never, unknown>
    input: unknown
    expected: object
    cause: string
  }[] = [
    {
      why: 'a ServiceError is the same here',
      work: fail,
      input: 'service',
      expected: { code: 'OUT_OF_STOCK', status: 409, message: 'Sold out.', details: { left: 0 } },
      cause: 'Sold out.',
    },
    {
      why: 'another error keeps its text to the log',
      work: fail,
      input: 'plain',
      expected: plain,
      cause: 'out of range',
    },
    { why: 'a rejection is the same as a throw', work: failLater, input: undefined, expected: plain, cause: 'later' },
    {
      why: 'anything may be thrown',
      work: fail,
      input: 'odd',
      expected: plain,
      cause: 'What was thrown is not an Error.',
    },
  ]
  for (const { why, work, input, expected, cause } of errors) {
    it(`arrives as a ServiceError: ${why}`, async () => {
      await using workers = new Workers({ threads: 1 })
      const error = await failureOf(workers.run(work, input as never))
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(error[name as keyof ServiceError], value)
      assert.equal((error.cause as Error).message, cause)
      assert.equal(await workers.run(double, 1), 2)
      assert.equal(workers.started, 1)
    })
  }

  it('is told for a result that cannot be sent, and the thread goes on', async () => {
    await using workers = new Workers({ threads: 1 })
    const [failed, fine] = await Promise.allSettled([workers.run(returnFunction, undefined), workers.run(double, 1)])
    assert.equal(failed.status === 'rejected' && failed.reason.code, 'WORK_FAILED')
    assert.deepEqual(fine, { status: 'fulfilled', value: 2 })
  })

  it('is told for an input that cannot be sent, and the others travel', async () => {
    await using workers = new Workers({ threads: 1 })
    const input = (() => 1) as unknown as number
    const [failed, fine] = await Promise.allSettled([workers.run(double, input), workers.run(double, 1)])
    assert.equal(failed.status === 'rejected' && failed.reason.code, 'WORK_NOT_CLONEABLE')
    assert.deepEqual(fine, { status: 'fulfilled', value: 2 })
  })

  it('is told for a work that is not in its module', async () => {
    await using workers = new Workers({ threads: 1 })
    await workers.run(double, 1)
    const missing = workAt<Work<number, number>>({ from: double.module, module: '', name: 'missing' })
    await assert.rejects(workers.run(missing, 1), { code: 'WORK_NOT_FOUND' })
  })

  for (const file of ['broken-work.ts', 'no-such-file.ts']) {
    it(`is told for a module that does not load, by a thread that runs or starts: ${file}`, async () => {
      const broken = workAt<Work<number, number>>({ from: import.meta.url, module: `./fixtures/${file}`, name: 'any' })
      await using fresh = new Workers({ threads: 1 })
      await assert.rejects(fresh.run(broken, 1), { code: 'WORK_CRASHED' })
      assert.equal(await fresh.run(double, 1), 2)
      await assert.rejects(fresh.run(broken, 1), { code: 'WORK_FAILED' })
    })
  }
})

describe('a thread that dies', () => {
  for (const { name, work } of [
    { name: 'crash', work: crash },
    { name: 'crashLater', work: crashLater },
  ]) {
    it(`costs what it ran and is replaced; the rest goes on elsewhere (${name})`, async () => {
      await using workers = new Workers({ threads: 1 })
      await workers.run(double, 1)
      const crashing = workers.run(work, undefined).catch((error: ServiceError) => error.code)
      if (name === 'crash') assert.equal(await crashing, 'WORK_CRASHED')
      else assert.equal(await crashing, undefined)
      const later = await Promise.allSettled([workers.run(double, 2), workers.run(double, 3)])
      for (const outcome of later) {
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'WORK_CRASHED')
      }
      assert.equal(await workers.run(double, 4), 8)
    })
  }

  it('gives back what it had not begun', async () => {
    await using workers = new Workers({ threads: 1 })
    await workers.run(double, 1)
    const [crashed, ...others] = await Promise.allSettled([
      workers.run(crash, undefined),
      ...Array.from({ length: 20 }, (_, at) => workers.run(double, at)),
    ])
    assert.equal(crashed?.status === 'rejected' && crashed.reason.code, 'WORK_CRASHED')
    assert.deepEqual(
      others.map((outcome) => outcome.status === 'fulfilled' && outcome.value),
      Array.from({ length: 20 }, (_, at) => at * 2),
    )
    assert.equal(workers.started, 2)
  })

  it('is the one that held too much memory, and nobody else', { skip: 'bun' in process.versions }, async () => {
    await using workers = new Workers({ threads: 1, maxHeapMb: 32 })
    const error = await failureOf(workers.run(hog, undefined))
    assert.equal(error.code, 'WORK_CRASHED')
    assert.match((error.cause as Error).message, /memory/)
    assert.equal(await workers.run(double, 1), 2)
  })
})

describe('cancelling a call', () => {
  it('tells a work that runs, and its caller at once', async () => {
    await using workers = new Workers({ threads: 1 })
    const gate = new Gate()
    const context = new Context()
    const holding = workers.run(hold, { memory: gate.memory }, { context })
    await gate.begun(1)
    context.cancel()
    await assert.rejects(holding, { code: 'CANCELLED' })
    assert.equal(workers.pending, 0)
    await gate.cancelledEnds(1)
    assert.equal(await workers.run(double, 1), 2)
    assert.equal(workers.started, 1)
  })

  it('keeps one that has not begun from beginning, wherever it waits', async () => {
    await using workers = new Workers({ threads: 1 })
    await workers.run(double, 1)
    const gate = new Gate()
    const context = new Context()
    const holding = workers.run(hold, { memory: gate.memory })
    // The thread holds two of these beside the running one at most; the others are in the queue.
    const waiting = Array.from({ length: 100 }, () => workers.run(hold, { memory: gate.memory }, { context }))
    await gate.begun(1)
    context.cancel()
    for (const call of waiting) await assert.rejects(call, { code: 'CANCELLED' })
    assert.equal(workers.pending, 1)
    gate.open()
    assert.equal(await holding, 1, 'only one has begun')
  })

  it('ends the thread of a work that does not listen, after the grace', async () => {
    const clock = new ManualClock()
    await using workers = new Workers({ threads: 1, graceMs: 500, clock })
    const begun = new SharedCounter()
    const context = new Context()
    const spinning = workers.run(spin, { memory: begun.memory }, { context })
    await untilAtLeast(new BigInt64Array(begun.memory), 0, 1)
    const next = workers.run(double, 21)
    context.cancel()
    await assert.rejects(spinning, { code: 'CANCELLED' })
    await clock.advance(500)
    assert.equal(await failureOrValueOf(next), 42)
    assert.equal(workers.started, 2)
  })

  it('refuses one whose context is cancelled already', async () => {
    await using workers = new Workers({ threads: 1 })
    const context = new Context()
    context.cancel()
    await assert.rejects(workers.run(double, 1, { context }), { code: 'CANCELLED' })
    assert.deepEqual([workers.pending, workers.started], [0, 0])
  })
})

describe('back-pressure', () => {
  it('holds further calls back until there is room', async () => {
    await using workers = new Workers({ threads: 1, maxPending: 2 })
    const gate = new Gate()
    const calls = [1, 2, 3, 4].map(() => workers.run(hold, { memory: gate.memory }))
    await gate.begun(1)
    assert.equal(workers.pending, 2)
    gate.open()
    await Promise.all(calls)
    assert.equal(workers.pending, 0)
  })

  it('refuses them instead, if asked to', async () => {
    await using workers = new Workers({ threads: 1, maxPending: 1, whenFull: 'reject' })
    const gate = new Gate()
    const first = workers.run(hold, { memory: gate.memory })
    const error = await failureOf(workers.run(double, 1))
    assert.deepEqual([error.code, error.status, error.retryable], ['WORKERS_BUSY', 503, true])
    gate.open()
    await first
    assert.equal(await workers.run(double, 1), 2)
  })

  it('lets go of who waits for room when its context is cancelled', async () => {
    await using workers = new Workers({ threads: 1, maxPending: 1 })
    const watch = watchPending()
    const gate = new Gate()
    const first = workers.run(hold, { memory: gate.memory })
    const context = new Context()
    const waiting = workers.run(double, 1, { context })
    context.cancel()
    await assert.rejects(waiting, { code: 'CANCELLED' })
    gate.open()
    await first
    assert.deepEqual(watch.pending(), [])
    watch.stop()
  })
})

describe('stealing', () => {
  it('takes what waits behind a long work to a thread that is idle', async () => {
    await using workers = new Workers({ threads: 2 })
    await Promise.all(Array.from({ length: 200 }, (_, at) => workers.run(double, at)))
    assert.equal(workers.running, 2)
    const gate = new Gate()
    // Small works before have made the batches large, so that some of these stand behind the one that holds its thread.
    const holding = workers.run(hold, { memory: gate.memory })
    const others = Array.from({ length: 40 }, (_, at) => workers.run(double, at))
    await Promise.all(others)
    assert.equal(workers.pending, 1, 'all others have ended while one thread is held')
    gate.open()
    await holding
  })
})

describe('closing', () => {
  it('is what a leak check asks for, and an end of every call', async () => {
    const watch = watchPending()
    const workers = new Workers({ threads: 1 })
    const gate = new Gate()
    const holding = workers.run(hold, { memory: gate.memory })
    await gate.begun(1)
    const left = watch.pending()
    assert.deepEqual(
      left.map(({ what }) => what),
      ['Workers', 'Workers.run'],
    )
    for (const { site } of left) assert.match(site, /workers\.test\.ts/)
    gate.open()
    await holding
    await workers.close()
    assert.deepEqual(watch.pending(), [])
    watch.stop()
  })

  it('waits for what is pending and takes nothing new', async () => {
    const workers = new Workers({ threads: 1 })
    const gate = new Gate()
    const holding = workers.run(hold, { memory: gate.memory })
    await gate.begun(1)
    const closing = workers.close()
    await assert.rejects(workers.run(double, 1), { code: 'WORKERS_CLOSED' })
    gate.open()
    assert.equal(await holding, 1)
    await closing
    assert.equal(workers.running, 0)
  })

  it('ends works in the middle when its own context is cancelled', async () => {
    const workers = new Workers({ threads: 1 })
    const begun = new SharedCounter()
    const spinning = workers.run(spin, { memory: begun.memory })
    const refused = assert.rejects(spinning, { code: 'WORKERS_CLOSED' })
    await untilAtLeast(new BigInt64Array(begun.memory), 0, 1)
    const patience = new Context()
    const closing = workers.close(patience)
    patience.cancel()
    await refused
    await closing
    assert.equal(workers.running, 0)
  })
})

describe('defineWork', () => {
  it('refuses the file that was started, which a thread would start again', async () => {
    assert.equal(await outputOf('fixtures/main-work.ts'), 'WORK_IN_MAIN')
  })

  const addresses = [
    {
      from: 'file:///app/main.ts',
      module: './hash.ts',
      expected: 'file:///app/hash.ts',
      why: 'unbuilt, as it is written',
    },
    {
      from: 'file:///app/main.js',
      module: './hash.ts',
      expected: 'file:///app/hash.js',
      why: 'built, as its caller is',
    },
    { from: 'file:///app/main.mjs', module: '../hash.mts', expected: 'file:///hash.mjs', why: 'the same for .mts' },
    { from: 'file:///app/main.js', module: './hash.js', expected: 'file:///app/hash.js', why: 'JavaScript stays' },
  ]
  for (const { from, module, expected, why } of addresses) {
    it(`has an address in a module that is not loaded: ${why}`, () => {
      assert.deepEqual(workAt({ from, module, name: 'hash' }), { module: expected, name: 'hash' })
    })
  }

  it('refuses two of one name in one module', () => {
    defineWork('file:///works.ts', 'same', () => 1)
    assert.throws(() => defineWork('file:///works.ts', 'same', () => 2), { code: 'DUPLICATE_WORK' })
  })
})

describe('how many threads', () => {
  const gibibyte = 2 ** 30
  const rows = [
    { cores: 4, memoryBytes: 8 * gibibyte, threads: 4, heapMb: 1_228, why: 'one for each core' },
    { cores: 1, memoryBytes: 8 * gibibyte, threads: 1, heapMb: 3_072, why: 'a quota of one core' },
    { cores: 64, memoryBytes: gibibyte / 2, threads: 7, heapMb: 64, why: 'little memory for many cores' },
    { cores: 4, memoryBytes: gibibyte / 16, threads: 1, heapMb: 64, why: 'never fewer than one' },
  ]
  for (const { cores, memoryBytes, threads, heapMb, why } of rows) {
    it(why, () => {
      assert.equal(threadCount({ cores, memoryBytes }), threads)
      assert.equal(threadHeapMb({ memoryBytes }, threads), heapMb)
    })
  }
})

async function outputOf(file: string): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 20_000 })
  return stdout.trim()
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => assert.fail('it was to fail'),
    (error: ServiceError) => error,
  )
}

async function failureOrValueOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error)
}
