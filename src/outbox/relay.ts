/**
 * Relay: publishes what stands in the outbox, in the order of keys, however many relays there are.
 *
 *   turn ─▶ renew leases, share lanes ─▶ for each lane: read in order ─▶ publish ─▶ remove, if the lane is still ours ─▶ wait
 *                                                                          └─ broker away: nothing is removed, again later
 *
 * A lane belongs to one relay under a lease on the database's clock. One that slept beyond its lease may publish once more what
 * another has published already: with the same ids, which an inbox knows.
 */
import { AsyncResource } from 'node:async_hooks'
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type ServiceError, toServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import { laneCount } from '../messaging/lane-of.ts'
import type { Message } from '../messaging/message.ts'
import { messageId } from '../messaging/message-id.ts'
import type { Messaging } from '../messaging/messaging.ts'
import { backoffLimitMs } from '../resilience/retry.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { LaneLeases, type RelayView } from './internal/lane-leases.ts'
import { type Backlog, OutboxRows } from './internal/outbox-rows.ts'
import { RelayMetrics } from './internal/relay-metrics.ts'
import { type AnyDatabase, asOutbox, type OutboxDatabase, outboxChannel } from './internal/tables.ts'
import type { Outbox } from './outbox.ts'
import { outboxTables } from './outbox-tables.ts'

export interface RelayOptions {
  readonly database: AnyDatabase
  readonly messaging: Messaging
  /** Of this process: its commits wake the relay. Those of other processes do on PostgreSQL; else it looks every `pollMs`. */
  readonly outbox?: Outbox
  /** How soon appends are seen that nothing tells of, in milliseconds; default 200. */
  readonly pollMs?: number
  /** After so long without a word a relay is taken for dead; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** Messages that are read and published at once; default 200. */
  readonly batch?: number
  /** A message that the broker refuses is tried so often, while it can be reached; default 10. Then it stays in the table, marked. */
  readonly attempts?: number
  readonly name?: string
  readonly log?: Logger
  readonly meter?: Meter
  readonly clock?: Clock
}

export interface OutboxView extends Backlog {
  readonly refusals: readonly { readonly topic: string; readonly code: string; readonly messages: number }[]
  readonly relays: readonly RelayView[]
  /** In all; each is held by one relay. */
  readonly lanes: number
  /** Turns of this relay in a row that failed. */
  readonly failures: number
  readonly lastError: string | undefined
}

export class Relay implements Component {
  readonly name: string
  readonly kind = 'outbox'
  readonly #messaging: Messaging
  readonly #rows: OutboxRows
  readonly #leases: LaneLeases
  readonly #metrics: RelayMetrics
  readonly #pollMs: number
  readonly #attempts: number
  readonly #log: Logger
  readonly #clock: Clock
  readonly #outbox: Outbox | undefined
  /** A commit wakes it inside of a request, whose deadline, cancellation and trace are nothing to turns that come later. */
  readonly #outside = new AsyncResource('Relay', { requireManualDestroy: true })
  readonly #db: OutboxDatabase
  #leaveOutbox: (() => void) | undefined
  #endListening: (() => void) | undefined
  #cancelTimer: CancelTimer | undefined
  #turn: Promise<void> | undefined
  #isWanted = false
  #isRunning = false
  /** Turns in a row that failed. */
  #failures = 0
  #lastError: ServiceError | undefined

  constructor(options: RelayOptions) {
    const { name = 'outbox', clock = systemClock, log = noopLogger, pollMs = 200, leaseMs = 10_000 } = options
    const db = asOutbox(options.database)
    db.needs(outboxTables)
    this.name = name
    this.#db = db
    this.#messaging = options.messaging
    this.#outbox = options.outbox
    this.#rows = new OutboxRows(db, options.batch ?? 200)
    this.#leases = new LaneLeases({ db, relay: messageId(clock.now()), leaseMs, clock })
    this.#metrics = new RelayMetrics(options.meter)
    this.#pollMs = pollMs
    this.#attempts = options.attempts ?? 10
    this.#log = log
    this.#clock = clock
  }

  start(): void {
    this.#isRunning = true
    this.#leaveOutbox = this.#outbox?.onAppended(() => this.wake())
    if (this.#db.canListen) {
      this.#endListening = this.#db.listen(outboxChannel, (who) => {
        if (who === '' || who !== this.#outbox?.id) this.wake()
      })
    }
    this.wake()
  }

  /** Publishes what is there, now. */
  wake(): void {
    this.#isWanted = true
    if (this.#turn !== undefined || !this.#isRunning) return
    this.#cancelTimer?.()
    this.#turn = this.#outside.runInAsyncScope(() => this.#turnsAndWait())
  }

  /** Publishes what stands in the outbox at this moment, as far as `signal` allows, and gives its lanes to others. */
  async stop(signal?: AbortSignal): Promise<void> {
    if (!this.#isRunning) return
    this.wake()
    await Promise.race([this.#turn, aborted(signal)])
    this.#isRunning = false
    this.#leaveOutbox?.()
    this.#cancelTimer?.()
    this.#endListening?.()
    await this.#turn
    await this.#leases
      .leave()
      .catch((error: unknown) => this.#log.warn('a relay could not give its lanes back', { error }))
  }

  /** What waits, since when, what was refused for good, and who relays. */
  async view(): Promise<OutboxView> {
    const [backlog, refusals, relays] = await Promise.all([
      this.#rows.backlog(),
      this.#rows.refusals(),
      this.#leases.relays(),
    ])
    return {
      ...backlog,
      refusals,
      relays,
      lanes: laneCount,
      failures: this.#failures,
      lastError: this.#lastError?.message,
    }
  }

  /** Tries again what the broker refused for good; gives how many. */
  async retryRefused(): Promise<number> {
    const retried = await this.#rows.retryRefused()
    if (retried > 0) this.wake()
    return retried
  }

  async health(): Promise<ComponentHealth> {
    const details = { ...(await this.#rows.backlog().catch(() => ({}))), lanes: this.#leases.count }
    const error = this.#lastError
    return error === undefined ? { status: 'UP', details } : { status: 'DEGRADED', error: error.message, details }
  }

  async #turnsAndWait(): Promise<void> {
    await this.#turns()
    this.#turn = undefined
    if (this.#isRunning) this.#cancelTimer = this.#clock.schedule(this.#waitMs(), () => this.wake())
  }

  async #turns(): Promise<void> {
    while (this.#isWanted && this.#isRunning) {
      this.#isWanted = false
      try {
        await this.#leases.renew()
        for (const lane of this.#leases.lanes()) if (await this.#relayLane(lane)) this.#isWanted = true
        await this.#measure()
        this.#failures = 0
        this.#lastError = undefined
      } catch (thrown) {
        this.#failures++
        this.#isWanted = false
        this.#lastError = toServiceError(thrown)
        this.#log.warn('the outbox could not be relayed', { error: thrown, failures: this.#failures })
      }
    }
  }

  /** True if there may be more. */
  async #relayLane({ lane, epoch }: { lane: number; epoch: number }): Promise<boolean> {
    const found = await this.#rows.read(lane)
    if (found.length === 0) return false
    const sent = await this.#publish(found)
    const kept = await this.#rows.remove(
      sent.map(({ position }) => position),
      this.#leases.guard(lane, epoch),
    )
    this.#metrics.relayed(sent.length)
    if (!kept) this.#leases.lose(lane)
    return found.length === sent.length && this.#rows.isFull(found.length)
  }

  /** All at once; where the broker refuses, one after the other, so that the one that is at fault is found. */
  async #publish(rows: readonly StoredMessage[]): Promise<readonly StoredMessage[]> {
    try {
      await this.#messaging.publishMessages(rows.map(({ message }) => message))
      return rows
    } catch (error) {
      if (toServiceError(error).retryable) throw error
    }
    const sent: StoredMessage[] = []
    for (const row of rows) {
      try {
        await this.#messaging.publishMessages([row.message])
        sent.push(row)
      } catch (thrown) {
        const error = toServiceError(thrown)
        if (error.retryable) throw error
        // Later ones of its key must not overtake it while there is hope; with none they go on without it.
        if (!(await this.#rows.refuse(row.position, error.code, this.#attempts))) return sent
        this.#metrics.failed()
        this.#log.error('a message of the outbox was refused for good', {
          error: thrown,
          topic: row.message.topic,
          id: row.message.id,
        })
      }
    }
    return sent
  }

  async #measure(): Promise<void> {
    const { messages, oldestMs } = await this.#rows.backlog()
    this.#metrics.backlog(messages, oldestMs / 1_000)
  }

  #waitMs(): number {
    return this.#failures === 0 ? this.#pollMs : backoffLimitMs(this.#failures, 100, 1_000)
  }
}

export interface StoredMessage {
  readonly position: bigint
  readonly message: Message
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
