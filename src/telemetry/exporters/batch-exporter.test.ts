import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { Context, currentContext } from '../../foundation/context/context.ts'
import { createJsonLogger } from '../json-logger.ts'
import { Registry } from '../registry.ts'
import { MemorySink } from '../sinks/memory.ts'
import type { BatchEncoder } from './batch-encoder.ts'
import { BatchExporter, type BatchLimits } from './batch-exporter.ts'
import type { SendOutcome } from './send-outcome.ts'

/** Items are texts, a body is their list. */
class TextEncoding implements BatchEncoder<string> {
  #texts: string[] = []

  get count(): number {
    return this.#texts.length
  }
  get byteLength(): number {
    return this.#texts.join().length
  }
  add(text: string): void {
    this.#texts.push(text)
  }
  take(): Uint8Array {
    return new TextEncoder().encode(this.#texts.splice(0).join())
  }
}

const accepted: SendOutcome = { kind: 'accepted', rejected: 0 }
const busy: SendOutcome = { kind: 'retry', reason: 'status 503' }

/** An exporter whose receiver answers when the test says so. */
class Bench {
  readonly clock = new ManualClock()
  readonly meter = new Registry({ clock: this.clock })
  readonly lines = new MemorySink()
  /** Bodies, in the order in which they were sent. */
  readonly sent: string[] = []
  readonly signals: AbortSignal[] = []
  readonly contexts: unknown[] = []
  readonly #answers: ((outcome: SendOutcome) => void)[] = []
  readonly exporter: BatchExporter<string>

  constructor(limits: Partial<BatchLimits> = {}) {
    this.exporter = new BatchExporter({
      signal: 'traces',
      encoder: new TextEncoding(),
      limits,
      clock: this.clock,
      meter: this.meter,
      log: createJsonLogger({ sink: this.lines, clock: this.clock }),
      random: () => 0,
      send: (body, signal) => {
        this.sent.push(new TextDecoder().decode(body))
        this.signals.push(signal)
        this.contexts.push(currentContext())
        return new Promise((resolve) => this.#answers.push(resolve))
      },
    })
  }

  add(...items: string[]): void {
    for (const item of items) this.exporter.add(item)
  }

  async answer(outcome: SendOutcome): Promise<void> {
    this.#answers.shift()?.(outcome)
    for (let i = 0; i < 5; i++) await Promise.resolve()
  }

  get counts(): Record<string, number> {
    const family = this.meter.snapshot().find(({ name }) => name === 'telemetry_export_items_total')
    const entries = (family?.series ?? []).map(({ labelValues, point }) => [labelValues[1], Number(point)] as const)
    return Object.fromEntries(entries.filter(([, count]) => count > 0))
  }

  get messages(): unknown[] {
    return this.lines.records.map(({ message }) => message)
  }
}

describe('a batch is sent', () => {
  it('when its first item is old enough', async () => {
    const bench = new Bench({ maxDelayMs: 1_000 })
    bench.add('a')
    await bench.clock.advance(900)
    bench.add('b')
    assert.deepEqual(bench.sent, [])
    await bench.clock.advance(100)
    assert.deepEqual(bench.sent, ['a,b'])
  })

  it('when it has as many items as a request may, without a wait', () => {
    const bench = new Bench({ maxBatchItems: 2 })
    bench.add('a', 'b', 'c')
    assert.deepEqual(bench.sent, ['a,b'])
  })

  it('when it has as many bytes', () => {
    const bench = new Bench({ maxBatchBytes: 10 })
    bench.add('12345', '67890')
    assert.deepEqual(bench.sent, ['12345,67890'])
  })

  it('at most as many at once as is allowed', async () => {
    const bench = new Bench({ maxBatchItems: 1, maxConcurrent: 2 })
    bench.add('a', 'b', 'c')
    assert.deepEqual(bench.sent, ['a', 'b'])
    await bench.answer(accepted)
    assert.deepEqual(bench.sent, ['a', 'b', 'c'])
  })

  it('outside of the request during which it became full', () => {
    const bench = new Bench({ maxBatchItems: 1 })
    new Context().run(() => bench.add('a'))
    assert.deepEqual(bench.contexts, [undefined])
  })
})

describe('a receiver that fails', () => {
  it('gets the same batch again, later each time, and one at a time', async () => {
    const bench = new Bench({ maxBatchItems: 1, maxConcurrent: 2 })
    bench.add('a')
    await bench.answer(busy)
    bench.add('b')
    await bench.clock.advance(999)
    assert.deepEqual(bench.sent, ['a'])
    await bench.clock.advance(1)
    assert.deepEqual(bench.sent, ['a', 'a'])
    await bench.answer(busy)
    await bench.clock.advance(1_999)
    assert.deepEqual(bench.sent, ['a', 'a'])
    await bench.clock.advance(1)
    await bench.answer(accepted)
    await bench.answer(accepted)
    assert.deepEqual(bench.sent, ['a', 'a', 'a', 'b'])
    assert.deepEqual(bench.counts, { sent: 2 })
  })

  it('is asked no earlier than it says', async () => {
    const bench = new Bench({ maxBatchItems: 1 })
    bench.add('a')
    await bench.answer({ ...busy, afterMs: 20_000 })
    await bench.clock.advance(19_999)
    assert.equal(bench.sent.length, 1)
    await bench.clock.advance(1)
    assert.equal(bench.sent.length, 2)
  })

  it('costs a bounded amount of memory: the oldest batches go, and are counted', async () => {
    const bench = new Bench({ maxBatchItems: 1, maxQueueBytes: 20, maxConcurrent: 1 })
    bench.add('in-flight')
    for (let i = 0; i < 10; i++) bench.add(`waiting-${i}`)
    assert.deepEqual(bench.counts, { dropped_full: 8 })
    await bench.answer(accepted)
    assert.deepEqual(bench.sent, ['in-flight', 'waiting-8'])
  })

  it('is told of when it begins, and at the tenth time, not at each; and when it is back', async () => {
    const bench = new Bench({ maxBatchItems: 1 })
    bench.add('a')
    for (let i = 0; i < 12; i++) {
      await bench.answer(busy)
      await bench.clock.advance(30_000)
    }
    await bench.answer(accepted)
    const again = 'traces were not taken, and will be sent again'
    assert.deepEqual(bench.messages, [again, again, 'the receiver of traces is back'])
  })

  it('for good drops the batch, which is counted', async () => {
    const bench = new Bench({ maxBatchItems: 2 })
    bench.add('a', 'b')
    await bench.answer({ kind: 'refused', reason: 'status 400' })
    await bench.clock.advance(60_000)
    assert.deepEqual(bench.sent, ['a,b'])
    assert.deepEqual(bench.counts, { dropped_refused: 2 })
  })

  it('for some items does not get the others again', async () => {
    const bench = new Bench({ maxBatchItems: 3 })
    bench.add('a', 'b', 'c')
    await bench.answer({ kind: 'accepted', rejected: 2, message: 'too old' })
    assert.deepEqual(bench.counts, { sent: 1, rejected: 2 })
    assert.equal(bench.lines.records[0]?.reason, 'too old')
  })
})

describe('flush', () => {
  it('sends what waits and resolves when the receiver has it', async () => {
    const bench = new Bench()
    bench.add('a')
    const flushed = bench.exporter.flush(1_000)
    assert.deepEqual(bench.sent, ['a'])
    await bench.answer(accepted)
    assert.equal(await flushed, true)
  })

  it('has nothing to wait for where there is nothing', async () => {
    assert.equal(await new Bench().exporter.flush(1_000), true)
  })

  it('does not wait for the end of a pause', async () => {
    const bench = new Bench({ maxBatchItems: 1 })
    bench.add('a')
    await bench.answer({ ...busy, afterMs: 60_000 })
    const flushed = bench.exporter.flush(1_000)
    await bench.answer(accepted)
    assert.equal(await flushed, true)
  })

  it('asks a receiver that fails again, three times in all', async () => {
    const bench = new Bench()
    bench.add('a')
    const flushed = bench.exporter.flush(1_000)
    for (const sent of [1, 2, 3]) {
      assert.equal(bench.sent.length, sent)
      await bench.answer(busy)
      await bench.clock.advance(sent < 3 ? 200 : 0)
    }
    assert.equal(await flushed, false)
  })

  it('waits for a silent receiver until the time is over', async () => {
    const bench = new Bench()
    bench.add('a')
    const flushed = bench.exporter.flush(1_000)
    await bench.clock.advance(1_000)
    assert.equal(await flushed, false)
  })
})

describe('close', () => {
  it('gives a silent receiver its time and no more; what is left is counted, later items too', async () => {
    const bench = new Bench({ maxBatchItems: 1, maxConcurrent: 1 })
    bench.add('a', 'b')
    const closed = bench.exporter.close(500)
    await bench.clock.advance(500)
    await closed
    assert.equal(bench.signals[0]?.aborted, true)
    await bench.answer({ kind: 'retry', reason: 'aborted' })
    bench.add('late')
    assert.deepEqual(bench.counts, { dropped_closed: 3 })
    assert.equal(bench.clock.pendingTimers, 0)
  })
})
