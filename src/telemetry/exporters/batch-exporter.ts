/**
 * BatchExporter: from single items to requests, within bounds.
 *
 *   add ─▶ encoder ─ full, or old enough ─▶ waiting batches ─▶ send ─ accepted ─▶ counted
 *                                            │  ▲               ├─ retry ──▶ back in front, and a pause
 *                   more than maxQueueBytes: │  └───────────────┘
 *                   the oldest goes, counted ▼                   └─ refused ─▶ counted
 *
 * Whoever adds never waits and never sees an error. A receiver that is slow, silent or gone costs `maxQueueBytes` of memory
 * and, beyond that, what is oldest: an operator who comes back wants to see the present.
 */
import { AsyncResource } from 'node:async_hooks'
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { Logger } from '../logger.ts'
import type { Meter } from '../meter.ts'
import { noopLogger } from '../noop-logger.ts'
import type { BatchEncoder } from './batch-encoder.ts'
import { ExportMetrics } from './export-metrics.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { SendBatch, SendOutcome } from './send-outcome.ts'

export interface BatchLimits {
  /** Items in one request; default 1,024. */
  readonly maxBatchItems: number
  /** Bytes from which a request is sent, before compression; default 512 KiB. */
  readonly maxBatchBytes: number
  /** Longest time that an item waits for others, in milliseconds; default 1,000. */
  readonly maxDelayMs: number
  /** Bytes that may wait for the receiver; default 8 MiB. */
  readonly maxQueueBytes: number
  /** Requests at once; default 2. After a failure it is one until the receiver answers again. */
  readonly maxConcurrent: number
}

export const defaultBatchLimits: BatchLimits = {
  maxBatchItems: 1_024,
  maxBatchBytes: 512 * 1024,
  maxDelayMs: 1_000,
  maxQueueBytes: 8 * 1024 * 1024,
  maxConcurrent: 2,
}

export interface BatchExporterOptions<Item> {
  /** What is exported: `traces`, `metrics` or `logs`; a label of the metrics and a word in log lines. */
  readonly signal: string
  readonly encoder: BatchEncoder<Item>
  readonly send: SendBatch
  readonly limits?: Partial<BatchLimits>
  readonly meter?: Meter
  /** Told when the receiver fails and when it is back, not of each request. */
  readonly log?: Logger
  readonly clock?: Clock
  readonly random?: () => number
  /** Called once when it is closed, to give up connections. */
  readonly onClose?: () => void
}

interface Batch {
  readonly body: Uint8Array
  readonly items: number
}

/** While the process ends, a receiver that failed is asked again after this time … */
const flushRetryMs = 200
/** … until it has failed so often. */
const maxFlushFailures = 3

export class BatchExporter<Item> {
  readonly #encoder: BatchEncoder<Item>
  readonly #send: SendBatch
  readonly #limits: BatchLimits
  readonly #metrics: ExportMetrics
  readonly #log: Logger
  readonly #clock: Clock
  readonly #random: () => number
  readonly #onClose: () => void
  readonly #signal: string
  /** Timers that are set inside of a request belong to nobody: its context must neither live on nor be current. */
  readonly #outside = new AsyncResource('BatchExporter', { requireManualDestroy: true })
  readonly #waiting: Batch[] = []
  readonly #inFlight = new Set<AbortController>()
  readonly #idle = new Set<() => void>()
  #waitingBytes = 0
  /** In a row. */
  #failures = 0
  #reports = 0
  #cancelDelay: CancelTimer | undefined
  #cancelPause: CancelTimer | undefined
  #isFlushing = false
  #flushFailures = 0
  /** Ends a flush without success. */
  #giveUp: () => void = () => {}
  #isClosed = false

  constructor({
    signal,
    encoder,
    send,
    limits = {},
    meter,
    log = noopLogger,
    clock = systemClock,
    random = Math.random,
    onClose = () => {},
  }: BatchExporterOptions<Item>) {
    this.#signal = signal
    this.#encoder = encoder
    this.#send = send
    this.#limits = { ...defaultBatchLimits, ...limits }
    this.#metrics = new ExportMetrics(signal, meter, () => this.#waitingBytes + this.#encoder.byteLength)
    this.#log = log
    this.#clock = clock
    this.#random = random
    this.#onClose = onClose
  }

  add(item: Item): void {
    if (this.#isClosed) {
      this.#metrics.count('dropped_closed', 1)
      return
    }
    const encoder = this.#encoder
    encoder.add(item)
    const { maxBatchItems, maxBatchBytes } = this.#limits
    if (encoder.count >= maxBatchItems || encoder.byteLength >= maxBatchBytes) this.#outside.runInAsyncScope(this.#cut)
    else if (this.#cancelDelay === undefined) this.#outside.runInAsyncScope(this.#startDelay)
  }

  /**
   * Sends what there is and resolves when the receiver has it: true if all of it arrived within `timeoutMs`. A receiver that
   * fails is asked again soon, three times in all; whoever waits for it has other things to do.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const done = (): void => resolve(true)
    this.#isFlushing = true
    this.#flushFailures = 0
    this.#idle.add(done)
    this.#giveUp = () => resolve(false)
    this.#resume()
    this.#outside.runInAsyncScope(this.#cut)
    const cancelTimer = this.#clock.schedule(timeoutMs, () => resolve(false), true)
    const isFlushed = await promise
    cancelTimer()
    this.#idle.delete(done)
    this.#isFlushing = this.#idle.size > 0
    return isFlushed
  }

  /** Flushes within `timeoutMs`, drops and counts what is left, and takes nothing more. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#isClosed) return
    await this.flush(timeoutMs)
    this.#isClosed = true
    this.#cancelDelay?.()
    this.#cancelPause?.()
    for (const batch of this.#waiting.splice(0)) this.#metrics.count('dropped_closed', batch.items)
    this.#waitingBytes = 0
    for (const controller of this.#inFlight) controller.abort(new Error('the exporter is closed'))
    this.#onClose()
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.size === 0
  }

  readonly #startDelay = (): void => {
    this.#cancelDelay = this.#clock.schedule(this.#limits.maxDelayMs, this.#cut)
  }

  /** What was added becomes a batch. */
  readonly #cut = (): void => {
    this.#cancelDelay?.()
    this.#cancelDelay = undefined
    const { count: items } = this.#encoder
    if (items > 0) {
      const body = this.#encoder.take()
      this.#waiting.push({ body, items })
      this.#waitingBytes += body.length
      this.#dropOldest()
    }
    this.#pump()
  }

  #dropOldest(): void {
    while (this.#waitingBytes > this.#limits.maxQueueBytes) {
      const oldest = this.#waiting.shift()
      if (oldest === undefined) return
      this.#waitingBytes -= oldest.body.length
      this.#metrics.count('dropped_full', oldest.items)
    }
  }

  #pump(): void {
    const atOnce = this.#failures > 0 ? 1 : this.#limits.maxConcurrent
    while (this.#cancelPause === undefined && this.#inFlight.size < atOnce) {
      const batch = this.#waiting.shift()
      if (batch === undefined) break
      this.#waitingBytes -= batch.body.length
      void this.#deliver(batch)
    }
    if (this.#isIdle) for (const tell of this.#idle) tell()
  }

  async #deliver(batch: Batch): Promise<void> {
    const controller = new AbortController()
    this.#inFlight.add(controller)
    const outcome = await this.#send(batch.body, controller.signal)
    this.#inFlight.delete(controller)
    if (this.#isClosed) this.#metrics.count(outcome.kind === 'accepted' ? 'sent' : 'dropped_closed', batch.items)
    else this.#settle(batch, outcome)
    this.#pump()
  }

  #settle(batch: Batch, outcome: SendOutcome): void {
    switch (outcome.kind) {
      case 'accepted':
        this.#accepted(batch, outcome.rejected, outcome.message)
        break
      case 'refused':
        this.#metrics.count('dropped_refused', batch.items)
        this.#report('refused for good', outcome.reason)
        break
      case 'retry':
        this.#waiting.unshift(batch)
        this.#waitingBytes += batch.body.length
        this.#dropOldest()
        this.#failures++
        this.#report('not taken, and will be sent again', outcome.reason)
        if (this.#isFlushing && ++this.#flushFailures >= maxFlushFailures) this.#giveUp()
        this.#pause(outcome.afterMs)
    }
  }

  #accepted({ items }: Batch, rejected: number, message = ''): void {
    const refused = Math.min(items, rejected)
    this.#metrics.count('sent', items - refused)
    if (refused > 0) {
      this.#metrics.count('rejected', refused)
      this.#report('taken in part', message)
      return
    }
    if (this.#failures > 0) this.#log.info(`the receiver of ${this.#signal} is back`, { failures: this.#failures })
    this.#failures = 0
    this.#reports = 0
  }

  /** A receiver that stays away is a line when that begins, the tenth time, the hundredth. */
  #report(what: string, reason: string): void {
    this.#reports++
    this.#metrics.failed()
    if (!Number.isInteger(Math.log10(this.#reports))) return
    this.#log.warn(`${this.#signal} were ${what}`, { reason, times: this.#reports })
  }

  #pause(afterMs = 0): void {
    const ownMs = this.#isFlushing ? flushRetryMs : retryDelayMs(this.#failures, this.#random())
    this.#cancelPause?.()
    this.#cancelPause = this.#clock.schedule(Math.max(ownMs, afterMs), () => {
      this.#resume()
      this.#pump()
    })
  }

  #resume(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }
}
