/** LaneLeases: the lanes that this relay holds, shared evenly with the other relays of the database. */
import { type RawBuilder, sql } from 'kysely'
import { databaseNow } from '../../database/database-now.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import type { Clock } from '../../foundation/clock/clock.ts'
import { laneCount } from '../../messaging/lane-of.ts'
import type { OutboxDatabase } from './tables.ts'

export interface LaneLeasesParts {
  readonly db: OutboxDatabase
  readonly relay: string
  readonly leaseMs: number
  readonly clock: Clock
}

export interface HeldLane {
  readonly lane: number
  /** Counts owners: what an earlier owner still does is told from it. */
  readonly epoch: number
}

export interface RelayView {
  readonly relay: string
  /** It runs in this process. */
  readonly isHere: boolean
  readonly lanes: number
  /** Taken for dead if it is not heard of until then. */
  readonly seenUntil: Date
}

export class LaneLeases {
  readonly #db: OutboxDatabase
  readonly #relay: string
  readonly #leaseMs: number
  readonly #clock: Clock
  #held = new Map<number, HeldLane>()
  #renewAtMs = 0

  constructor({ db, relay, leaseMs, clock }: LaneLeasesParts) {
    this.#db = db
    this.#relay = relay
    this.#leaseMs = leaseMs
    this.#clock = clock
  }

  get count(): number {
    return this.#held.size
  }

  lanes(): HeldLane[] {
    return [...this.#held.values()]
  }

  lose(lane: number): void {
    this.#held.delete(lane)
    this.#renewAtMs = 0
  }

  /** Three times in the life of a lease; it asks the database otherwise for nothing. */
  async renew(): Promise<void> {
    if (this.#clock.monotonic() < this.#renewAtMs) return
    const beganMs = this.#clock.monotonic()
    this.#held = await this.#db.transaction(() => this.#claim())
    this.#renewAtMs = beganMs + this.#leaseMs / 3
  }

  /** Holds of a lane where it is still this relay's and this epoch's, at the moment of the statement. */
  guard(lane: number, epoch: number): RawBuilder<boolean> {
    return sql<boolean>`exists (select 1 from genever_outbox_lane where lane = ${lane} and owner = ${this.#relay} and epoch = ${epoch})`
  }

  async leave(): Promise<void> {
    this.#held.clear()
    await this.#db.query
      .updateTable('genever_outbox_lane')
      .set({ owner: null, lease_until_ms: 0 })
      .where('owner', '=', this.#relay)
      .execute()
    await this.#db.query.deleteFrom('genever_outbox_relay').where('relay', '=', this.#relay).execute()
  }

  /** All relays of the database, and how many lanes each of them holds. */
  async relays(): Promise<RelayView[]> {
    const { query } = this.#db
    const [relays, lanes] = await Promise.all([
      query.selectFrom('genever_outbox_relay').select(['relay', 'seen_until_ms']).orderBy('relay').execute(),
      query
        .selectFrom('genever_outbox_lane')
        .select(['owner', ({ fn }) => fn.countAll().as('n')])
        .where('owner', 'is not', null)
        .groupBy('owner')
        .execute(),
    ])
    const held = new Map(lanes.map(({ owner, n }) => [owner, Number(n)]))
    return relays.map(({ relay, seen_until_ms }) => ({
      relay,
      isHere: relay === this.#relay,
      lanes: held.get(relay) ?? 0,
      seenUntil: new Date(Number(seen_until_ms)),
    }))
  }

  async #claim(): Promise<Map<number, HeldLane>> {
    const now = databaseNow(this.#db.dialect)
    const until = sql<number>`${now} + ${sql.lit(this.#leaseMs)}`
    const { query } = this.#db
    await insertIgnoring(this.#db, 'genever_outbox_relay', { relay: this.#relay, seen_until_ms: 0 })
    await query
      .updateTable('genever_outbox_relay')
      .set({ seen_until_ms: until })
      .where('relay', '=', this.#relay)
      .execute()
    await query.deleteFrom('genever_outbox_relay').where('seen_until_ms', '<', now).execute()
    const { n } = await query
      .selectFrom('genever_outbox_relay')
      .select(({ fn }) => fn.countAll().as('n'))
      .executeTakeFirstOrThrow()
    const share = Math.ceil(laneCount / Math.max(1, Number(n)))
    // In one order for all relays, so that they cannot wait for each other in a circle.
    const rows = await this.#locked()
    const mine = rows.filter(({ owner }) => owner === this.#relay)
    const free = rows.filter((row) => row.owner !== this.#relay && (row.owner === null || row.isOver))
    const kept = mine.slice(0, share)
    const taken = free.slice(0, Math.max(0, share - kept.length))
    for (const { lane } of mine.slice(share)) {
      await query
        .updateTable('genever_outbox_lane')
        .set({ owner: null, lease_until_ms: 0 })
        .where('lane', '=', lane)
        .execute()
    }
    for (const { lane, epoch } of kept) {
      await query
        .updateTable('genever_outbox_lane')
        .set({ lease_until_ms: until })
        .where('lane', '=', lane)
        .where('epoch', '=', epoch)
        .execute()
    }
    for (const { lane, epoch } of taken) {
      await query
        .updateTable('genever_outbox_lane')
        .set({ owner: this.#relay, epoch: epoch + 1, lease_until_ms: until })
        .where('lane', '=', lane)
        .execute()
    }
    const held = [...kept, ...taken.map(({ lane, epoch }) => ({ lane, epoch: epoch + 1 }))]
    return new Map(held.map(({ lane, epoch }) => [lane, { lane, epoch }]))
  }

  /** Other relays wait here until this transaction ends; on SQLite there is one writer anyway. */
  async #locked(): Promise<{ lane: number; owner: string | null; epoch: number; isOver: boolean }[]> {
    const lock = this.#db.dialect === 'sqlite' ? sql`` : sql`for update`
    const { rows } = await sql<{ lane: number; owner: string | null; epoch: unknown; is_over: unknown }>`
      select lane, owner, epoch, case when lease_until_ms < ${databaseNow(this.#db.dialect)} then 1 else 0 end as is_over
      from genever_outbox_lane order by lane ${lock}`.execute(this.#db.query)
    return rows.map(({ lane, owner, epoch, is_over }) => ({
      lane,
      owner,
      epoch: Number(epoch),
      isOver: Number(is_over) === 1,
    }))
  }
}
