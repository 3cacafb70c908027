/**
 * The outbox campaign: producers, relays and consumers that die all the time, and a count from outside.
 *
 *   given { n } + outbox ─▶ relay ─▶ broker ─▶ consumer ─▶ effect { n, times + 1 }
 *      every process kills itself at random crash points, and is started again; database and broker are killed, too
 *
 *   lost     a number that was given and has no effect        doubled   more than one
 *   ghost    an effect of a number that was never given
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { sql } from 'kysely'
import type { System } from '../../../scripts/systems/server-process.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import { inboxTables, outboxTables } from '../../../src/outbox/outbox-tables.ts'
import { createTables, type Settings } from './parts.ts'

export interface OutboxCampaignOptions extends Settings {
  /** Is killed now and then while they run. */
  readonly database?: System
  readonly databaseKills?: number
  readonly broker?: System | undefined
  readonly brokerKills?: number
  /** From the last death until everything must have had its effect, in milliseconds. */
  readonly drainMs?: number
}

export interface OutboxCampaignResult {
  readonly count: number
  readonly kills: Readonly<Record<string, number>>
  readonly lost: number
  readonly doubled: number
  readonly ghost: number
  /** From when nobody dies any more until the last effect, in milliseconds. */
  readonly drainedMs: number
}

const roles = ['producer', 'relay', 'consumer'] as const
type Role = (typeof roles)[number]

export async function runOutboxCampaign(options: OutboxCampaignOptions): Promise<OutboxCampaignResult> {
  const { count, mode, drainMs = 120_000 } = options
  const db = createDatabase({ url: options.databaseUrl })
  await createTables(db)
  for (const tables of [outboxTables, inboxTables]) db.needs(tables)
  await db.start()
  // Ghosts have rows as well, so that they would show.
  for (let from = 1; from <= 2 * count; from += 500) {
    const rows = Array.from({ length: Math.min(500, 2 * count - from + 1) }, (_, index) => sql`(${from + index}, 0)`)
    await sql`insert into effect values ${sql.join(rows)}`.execute(db.query)
  }
  const crew = new Crew(options, mode === 'naive' ? ['producer', 'consumer'] : roles)
  for (const name of killsInTurn(options)) {
    await pause(2_000)
    await options[name]?.kill()
    await options[name]?.restart()
    crew.kills[name] = (crew.kills[name] ?? 0) + 1
  }
  await crew.produced
  // They go on dying until most of it has come: some brokers let a consumer in late.
  for (let waitedMs = 0; waitedMs < 20_000 && (await countOf(db)).lost > count / 4; waitedMs += 50) await pause(50)
  crew.calmDown()
  const startedMs = performance.now()
  let drainedMs = 0
  // Late is not lost: on a busy machine processes start slowly, and the dead keep their leases. Only a naive one is known to lose.
  const quietMs = mode === 'naive' ? 15_000 : drainMs
  for (let last = Number.NaN, movedMs = startedMs; performance.now() - startedMs < drainMs; ) {
    const { lost } = await countOf(db)
    if (lost !== last) movedMs = performance.now()
    drainedMs = movedMs - startedMs
    if (lost === 0 || performance.now() - movedMs > quietMs) break
    last = lost
    await pause(50)
  }
  // What comes twice comes soon after.
  await pause(1_500)
  const { lost, doubled, ghost } = await countOf(db)
  await crew.end()
  await db.stop()
  return { count, kills: crew.kills, lost, doubled, ghost, drainedMs }
}

/** Which system is killed next: both, one after the other. */
function killsInTurn(options: OutboxCampaignOptions): ('database' | 'broker')[] {
  const { database, databaseKills = 0, broker, brokerKills = 0 } = options
  return Array.from({ length: Math.max(databaseKills, brokerKills) }, (_, kill) => [
    ...(database !== undefined && kill < databaseKills ? (['database'] as const) : []),
    ...(broker !== undefined && kill < brokerKills ? (['broker'] as const) : []),
  ]).flat()
}

/** One process of each role, started again whenever it dies. */
class Crew {
  readonly kills: Record<string, number> = {}
  readonly produced: Promise<void>
  readonly #options: OutboxCampaignOptions
  readonly #children = new Map<Role, ChildProcess>()
  #crashRate: number
  #isEnding = false

  constructor(options: OutboxCampaignOptions, wanted: readonly Role[]) {
    this.#options = options
    this.#crashRate = options.crashRate
    const { promise, resolve } = Promise.withResolvers<void>()
    this.produced = promise
    for (const role of wanted) this.#start(role, resolve)
  }

  /** From now on nobody dies by itself. */
  calmDown(): void {
    this.#crashRate = 0
    for (const [role, child] of this.#children) if (role !== 'producer') child.kill('SIGKILL')
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(
      [...this.#children.values()].map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve()
            child.once('exit', () => resolve())
            child.kill('SIGKILL')
          }),
      ),
    )
  }

  #start(role: Role, done: () => void): void {
    const { databaseUrl, brokerUrl, mode, count, seed } = this.#options
    const settings: Settings = { databaseUrl, brokerUrl, mode, count, crashRate: this.#crashRate, seed }
    const child = spawn(process.execPath, [`${import.meta.dirname}/${role}.ts`, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', process.env.SHOW === undefined ? 'ignore' : 'inherit'],
    })
    this.#children.set(role, child)
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL' && this.#crashRate > 0) this.kills[role] = (this.kills[role] ?? 0) + 1
      if (role === 'producer' && code === 0) done()
      else if (!this.#isEnding) this.#start(role, done)
    })
  }
}

async function countOf(db: Database): Promise<{ lost: number; doubled: number; ghost: number }> {
  const { rows } = await sql<Record<'lost' | 'doubled' | 'ghost', unknown>>`
    select
      sum(case when given.n is not null and times = 0 then 1 else 0 end) as lost,
      sum(case when times > 1 then times - 1 else 0 end) as doubled,
      sum(case when given.n is null and times > 0 then 1 else 0 end) as ghost
    from effect left join given on given.n = effect.n`.execute(db.query)
  const [row] = rows
  return { lost: Number(row?.lost), doubled: Number(row?.doubled), ghost: Number(row?.ghost) }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
