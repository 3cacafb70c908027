/**
 * SqliteSubscription: one member of a group, over the lanes that it holds.
 *
 *   turn ─▶ renew leases, share lanes ─▶ move cursors of what is acknowledged ─▶ read and deliver up to prefetch ─▶ wait
 *
 * A cursor moves over what is acknowledged without a gap; what was acknowledged beyond a gap is remembered here only, and
 * is delivered again after a crash.
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import type { GroupName, LaneClaim, LoggedMessage, SqliteLog } from './sqlite-log.ts'

export interface SqliteSubscriptionParts {
  readonly log: SqliteLog
  readonly source: SubscriptionSource
  readonly member: string
  readonly receive: (delivery: Delivery) => void
  readonly clock: Clock
  /** Runs work that needs the file's lock, when it is free. */
  readonly locked: <T>(work: () => T) => Promise<T>
  /** Told of errors that a later turn may get over. */
  readonly onError: (error: unknown) => void
  readonly leaseMs: number
}

/** A lane that is held: what was delivered of it, and how far it is acknowledged. */
interface Lane {
  readonly lane: number
  readonly epoch: number
  /** Acknowledged up to here, as the file has it. */
  saved: number
  /** Read up to here. */
  read: number
  /** Delivered and not acknowledged, in order; those acknowledged behind a gap stay until it closes. */
  readonly open: Map<number, 'delivered' | 'acknowledged'>
  readonly waiting: ((error?: ServiceError) => void)[]
}

/** Of one lane: so much is remembered that was acknowledged behind a message which is still being tried. */
const mostOpen = 10_000
/** Another process publishes without telling us: how soon we look, at least and at most. */
const pollMs = { least: 10, most: 200 }

export class SqliteSubscription implements BrokerSubscription {
  readonly #parts: SqliteSubscriptionParts
  readonly #group: GroupName
  readonly #lanes = new Map<number, Lane>()
  #isPaused = false
  #isClosed = false
  #renewAtMs = 0
  #waitMs = pollMs.least
  #cancelTimer: CancelTimer | undefined
  #turn: Promise<void> | undefined
  #isWanted = false

  constructor(parts: SqliteSubscriptionParts) {
    this.#parts = parts
    this.#group = { topic: parts.source.topic, group: parts.source.group }
  }

  get topic(): string {
    return this.#group.topic
  }

  /** Something may have come: looks now. */
  wake(): void {
    this.#waitMs = pollMs.least
    this.#isWanted = true
    if (this.#turn !== undefined || this.#isClosed) return
    this.#cancelTimer?.()
    this.#turn = this.#turns().finally(() => {
      this.#turn = undefined
      this.#later()
    })
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.wake()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isPaused = true
    await this.#turn
    this.#isClosed = true
    this.#cancelTimer?.()
    await this.#save()
    for (const lane of this.#lanes.values()) this.#lose(lane)
    await this.#parts.locked(() => this.#parts.log.leave(this.#group, this.#parts.member))
  }

  async #turns(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      try {
        await this.#renew()
        await this.#save()
        if (!this.#isPaused) await this.#deliver()
      } catch (error) {
        this.#parts.onError(error)
      }
    }
  }

  #later(): void {
    if (this.#isClosed) return
    this.#waitMs = Math.min(pollMs.most, this.#waitMs * 1.5)
    const waitMs = this.#waitMs
    this.#cancelTimer = this.#parts.clock.schedule(waitMs, () => {
      this.wake()
      this.#waitMs = waitMs
    })
  }

  /** Leases are renewed three times in their life. */
  async #renew(): Promise<void> {
    const { log, member, clock, leaseMs, locked } = this.#parts
    if (clock.monotonic() < this.#renewAtMs) return
    const { lanes, share } = await locked(() => log.claim(this.#group, member, { nowMs: clock.now(), leaseMs }))
    this.#renewAtMs = clock.monotonic() + leaseMs / 3
    const claimed = new Map(lanes.map((claim) => [claim.lane, claim]))
    for (const lane of [...this.#lanes.values()]) {
      if (claimed.get(lane.lane)?.epoch !== lane.epoch) this.#lose(lane)
    }
    for (const claim of lanes) if (!this.#lanes.has(claim.lane)) this.#lanes.set(claim.lane, laneOf(claim))
    await this.#giveLanes(this.#lanes.size - share)
  }

  /** Lanes beyond the share, so that a new member gets some: those first that have nothing under way. */
  async #giveLanes(count: number): Promise<void> {
    const { log, member, locked } = this.#parts
    const free = [...this.#lanes.values()].filter(({ open }) => open.size === 0).slice(0, Math.max(0, count))
    if (free.length === 0) return
    for (const { lane } of free) this.#lanes.delete(lane)
    await locked(() =>
      log.leave(
        this.#group,
        member,
        free.map(({ lane }) => lane),
      ),
    )
  }

  #lose(lane: Lane): void {
    this.#lanes.delete(lane.lane)
    for (const done of lane.waiting.splice(0)) done(deliveryLost())
  }

  /** Moves the cursors; tells those who acknowledged. */
  async #save(): Promise<void> {
    const { log, member, locked } = this.#parts
    const moved = [...this.#lanes.values()].flatMap((lane) => {
      const position = acknowledgedTo(lane)
      return position > lane.saved || lane.waiting.length > 0 ? [{ lane, position }] : []
    })
    if (moved.length === 0) return
    const kept = await locked(() =>
      moved.map(({ lane: { lane, epoch }, position }) => log.advance(this.#group, lane, { epoch, position, member })),
    )
    for (const [index, { lane, position }] of moved.entries()) {
      if (kept[index] === true) settle(lane, position)
      else this.#lose(lane)
    }
  }

  async #deliver(): Promise<void> {
    const { log, source, receive, clock, locked } = this.#parts
    await locked(() => log.release(clock.now()))
    for (const lane of this.#lanes.values()) {
      const room = Math.min(source.prefetch - this.#inHand(), mostOpen - lane.open.size)
      if (room <= 0) continue
      const found = log.read({ topic: source.topic, lane: lane.lane, after: lane.read, limit: room })
      for (const logged of found) {
        lane.read = logged.position
        lane.open.set(logged.position, 'delivered')
        receive(this.#delivery(lane, logged, 1))
      }
      // There may be more; other lanes have their turn first.
      if (found.length === room) this.#isWanted = true
    }
  }

  #inHand(): number {
    let count = 0
    for (const { open } of this.#lanes.values()) {
      for (const state of open.values()) if (state === 'delivered') count++
    }
    return count
  }

  #delivery(lane: Lane, logged: LoggedMessage, attempt: number): Delivery {
    const { position, message } = logged
    return {
      message,
      attempt,
      ack: () => {
        if (this.#lanes.get(lane.lane) !== lane) return Promise.reject(deliveryLost())
        lane.open.set(position, 'acknowledged')
        return new Promise((resolve, reject) => {
          lane.waiting.push((error) => (error === undefined ? resolve() : reject(error)))
          this.wake()
        })
      },
      giveBack: () =>
        deliverAgain({
          clock: this.#parts.clock,
          attempt,
          isHeld: () => !this.#isClosed && this.#lanes.get(lane.lane) === lane,
          isPaused: () => this.#isPaused,
          deliver: () => this.#parts.receive(this.#delivery(lane, logged, attempt + 1)),
        }),
    }
  }
}

function laneOf({ lane, epoch, position }: LaneClaim): Lane {
  return { lane, epoch, saved: position, read: position, open: new Map(), waiting: [] }
}

/** The last position before the first gap. */
function acknowledgedTo({ saved, open }: Lane): number {
  let position = saved
  for (const [at, state] of open) {
    if (state !== 'acknowledged') return position
    position = at
  }
  return position
}

/** The file has it: forgets what lies before the cursor, and tells those who acknowledged. */
function settle(lane: Lane, position: number): void {
  lane.saved = position
  for (const at of lane.open.keys()) {
    if (at > position) break
    lane.open.delete(at)
  }
  for (const done of lane.waiting.splice(0)) done()
}

function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'Another member of the group has taken over this message: this one was too slow, or stopped. It may be handled twice; an inbox makes its effect once.',
    { status: 409, retryable: false },
  )
}
