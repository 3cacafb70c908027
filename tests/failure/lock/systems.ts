/** The stores that the lock campaign is run against, as a holder of a lock and the campaign itself use them. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createPostgresFences,
  type FenceClaim,
  fencedScript,
  fencePostgres,
  fenceSqlite,
  type LockStore,
  postgresLockStore,
  redisLockStore,
  runFenced,
  sqliteLockStore,
} from 'genever/lock'
import { openSql } from 'genever/platform'
import { createRedis, redisScript } from 'genever/redis'
import { Pool } from 'pg'
import { startPostgres } from '../../../scripts/systems/postgres.ts'
import { startRedis } from '../../../scripts/systems/redis.ts'

export const adapters = ['sqlite', 'redis', 'postgres'] as const
export type Adapter = (typeof adapters)[number]

export interface System {
  /** What a process needs to get there, for each lane: a stopped writer holds up everybody else in its SQLite file. */
  urlOf(lane: number): string
  stop(): Promise<void>
}

export interface Access {
  readonly store: LockStore
  /** Appends the token to the ledger; with the fence, in one step with its check. */
  write(claim: FenceClaim): Promise<void>
  /** Tokens in the order in which they were accepted. */
  ledger(resource: string): Promise<readonly number[]>
  close(): Promise<void>
}

export async function startSystem(adapter: Adapter): Promise<System> {
  if (adapter === 'redis') {
    const redis = await startRedis()
    return { urlOf: () => redis.url, stop: () => redis.stop() }
  }
  if (adapter === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'genever-lock-campaign-'))
    return {
      urlOf: (lane) => join(folder, `${lane}.db`),
      stop: async () => rmSync(folder, { recursive: true, force: true }),
    }
  }
  const postgres = await startPostgres()
  const pool = new Pool({ connectionString: postgres.url })
  await createPostgresFences(pool)
  await pool.query('CREATE TABLE ledger (at bigserial PRIMARY KEY, resource text NOT NULL, token bigint NOT NULL)')
  await pool.end()
  return { urlOf: () => postgres.url, stop: () => postgres.stop() }
}

export function openAccess(adapter: Adapter, url: string, isFenced: boolean): Promise<Access> {
  if (adapter === 'sqlite') return openSqlite(url, isFenced)
  return adapter === 'redis' ? openRedis(url, isFenced) : openPostgres(url, isFenced)
}

async function openSqlite(url: string, isFenced: boolean): Promise<Access> {
  // Short: it blocks the thread, and who holds the lock may have been stopped.
  const database = openSql(url, { busyTimeoutMs: 100 })
  database.exec(
    'CREATE TABLE IF NOT EXISTS ledger (at INTEGER PRIMARY KEY, resource TEXT NOT NULL, token INTEGER NOT NULL)',
  )
  const append = database.prepare('INSERT INTO ledger (resource, token) VALUES (?, ?)')
  const read = database.prepare<{ token: number }>('SELECT token FROM ledger WHERE resource = ? ORDER BY at')
  return {
    store: sqliteLockStore({ database }),
    async write(claim) {
      database.transaction(() => {
        if (isFenced) fenceSqlite(database, claim)
        append.run([claim.resource, claim.token])
      })
    },
    ledger: async (resource) => read.all([resource]).map(({ token }) => token),
    close: async () => database.close(),
  }
}

const appendScript = `return redis.call('RPUSH', KEYS[1], ARGV[1])`
const fencedAppend = fencedScript(appendScript)
const plainAppend = redisScript(appendScript)

async function openRedis(url: string, isFenced: boolean): Promise<Access> {
  const redis = createRedis({ url })
  await redis.start()
  return {
    store: redisLockStore({ redis }),
    async write(claim) {
      const call = { keys: [`ledger:{${claim.resource}}`], args: [claim.token] }
      await (isFenced ? runFenced(redis, fencedAppend, { claim, ...call }) : redis.run(plainAppend, call))
    },
    async ledger(resource) {
      return ((await redis.send(['LRANGE', `ledger:{${resource}}`, 0, -1])) as string[]).map(Number)
    },
    close: () => redis.stop(),
  }
}

async function openPostgres(url: string, isFenced: boolean): Promise<Access> {
  const pool = new Pool({ connectionString: url, max: 4 })
  pool.on('error', () => undefined)
  return {
    store: postgresLockStore({ client: pool }),
    async write(claim) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        if (isFenced) await fencePostgres(client, claim)
        await client.query('INSERT INTO ledger (resource, token) VALUES ($1, $2)', [claim.resource, claim.token])
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    async ledger(resource) {
      const { rows } = await pool.query('SELECT token FROM ledger WHERE resource = $1 ORDER BY at', [resource])
      return rows.map(({ token }) => Number(token))
    },
    close: () => pool.end(),
  }
}
