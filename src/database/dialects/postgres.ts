/** Postgres: a PostgreSQL server, by the package `pg`. */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Client } from 'pg'
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { driverMissing, unavailable } from '../database-error.ts'
import type { Dialect, TwoPhaseWords } from '../dialect.ts'
import { addressOf } from '../internal/address-of.ts'
import type { OpenLine } from '../internal/notification-line.ts'
import { defaultLimits, type SessionLimits } from '../session-limits.ts'
import type { TransactionSettings } from '../transaction-settings.ts'
import { PostgresConnection } from './postgres-connection.ts'

export interface PostgresOptions extends SessionLimits {
  /** `postgres://user:password@host:5432/name`; `sslmode` and other parameters as the driver knows them. */
  readonly url: string
  readonly clock?: Clock
}

export function postgres(options: PostgresOptions): Dialect {
  return {
    name: 'postgres',
    address: addressOf(options.url, 'postgresql', 5432),
    defaultMax: 10,
    hasSingleWriter: false,
    connect: () => connect(options),
    listen: (channel, heard) => listen(options, channel, heard),
    begin,
    twoPhase,
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

function begin({ isolation, readOnly = false }: TransactionSettings): readonly string[] {
  const words = [
    isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`,
    readOnly ? ' READ ONLY' : '',
  ]
  return [`BEGIN${words.join('')}`]
}

const twoPhase: TwoPhaseWords = {
  begin: () => 'BEGIN',
  prepare: (gid) => [`PREPARE TRANSACTION '${gid}'`],
  commit: (gid) => `COMMIT PREPARED '${gid}'`,
  rollback: (gid) => `ROLLBACK PREPARED '${gid}'`,
  abandon: () => ['ROLLBACK'],
  list: 'select gid from pg_prepared_xacts where database = current_database()',
}

async function connect(options: PostgresOptions): Promise<PostgresConnection> {
  const { clock = systemClock, statementTimeoutMs = defaultLimits.statementTimeoutMs } = options
  const { types } = await driver()
  const client = await opened(options)
  return new PostgresConnection({ client, types, clock, statementTimeoutMs, cancel: () => cancelAt(client, options) })
}

/** @see https://www.postgresql.org/docs/current/sql-listen.html */
async function listen(options: PostgresOptions, channel: string, heard: (payload: string) => void): Promise<OpenLine> {
  const client = await opened(options)
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  client.on('error', () => resolve())
  client.on('end', () => resolve())
  client.on('notification', ({ payload }) => heard(payload ?? ''))
  // Without waiting for a server that may not answer any more.
  const close = (): void => {
    resolve()
    client.end().catch(() => undefined)
    client.connection?.stream?.destroy()
  }
  try {
    await client.query(listenWithin(client.escapeIdentifier(channel), options.connectTimeoutMs))
    return { lost, close }
  } catch (error) {
    close()
    throw error
  }
}

/** `query_timeout` of a single query is not among the driver's types. */
function listenWithin(channel: string, timeoutMs: number = defaultLimits.connectTimeoutMs): { text: string } {
  return { text: `LISTEN ${channel}`, query_timeout: timeoutMs } as { text: string }
}

async function opened({
  url,
  connectTimeoutMs = defaultLimits.connectTimeoutMs,
  statementTimeoutMs = defaultLimits.statementTimeoutMs,
  idleTransactionMs = defaultLimits.idleTransactionMs,
}: PostgresOptions): Promise<Client> {
  const { Client } = await driver()
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // The server's own limit is for statements that outlive us; ours comes first and asks for the cancellation.
    statement_timeout: statementTimeoutMs + 1_000,
    idle_in_transaction_session_timeout: idleTransactionMs,
    application_name: 'genever',
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.end().catch(() => undefined)
    throw unavailable('PostgreSQL cannot be reached.', error)
  }
}

/** On a connection of its own: the first one is waiting for the answer that shall not come. */
async function cancelAt(client: Client, options: PostgresOptions): Promise<void> {
  const { processID } = client as Client & { readonly processID: number }
  const other = await opened({ ...options, connectTimeoutMs: 1_000 })
  try {
    await other.query('select pg_cancel_backend($1)', [processID])
  } finally {
    await other.end()
  }
}

async function driver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (error) {
    throw driverMissing('pg', error)
  }
}
