/** Mysql: a MySQL or MariaDB server, by the package `mysql2`. */
import { MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } from 'kysely'
import type { Connection as Client } from 'mysql2'
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { driverMissing, unavailable } from '../database-error.ts'
import type { Dialect, TwoPhaseWords } from '../dialect.ts'
import { addressOf } from '../internal/address-of.ts'
import { defaultLimits, type SessionLimits } from '../session-limits.ts'
import type { TransactionSettings } from '../transaction-settings.ts'
import { MysqlConnection } from './mysql-connection.ts'
import { readMysql } from './mysql-values.ts'

export interface MysqlOptions extends SessionLimits {
  /** `mysql://user:password@host:3306/name`, or `mariadb://…` for the same. */
  readonly url: string
  readonly clock?: Clock
}

export function mysql(options: MysqlOptions): Dialect {
  return {
    name: 'mysql',
    address: addressOf(options.url, options.url.startsWith('mariadb:') ? 'mariadb' : 'mysql', 3306),
    defaultMax: 10,
    hasSingleWriter: false,
    connect: () => connect(options),
    begin,
    twoPhase,
    createQueryCompiler: () => new MysqlQueryCompiler(),
    createAdapter: () => new MysqlAdapter(),
    createIntrospector: (db) => new MysqlIntrospector(db),
  }
}

function begin({ isolation, readOnly = false }: TransactionSettings): readonly string[] {
  const start = readOnly ? 'START TRANSACTION READ ONLY' : 'START TRANSACTION'
  return isolation === undefined ? [start] : [`SET TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`, start]
}

const twoPhase: TwoPhaseWords = {
  begin: (gid) => `XA START '${gid}'`,
  prepare: (gid) => [`XA END '${gid}'`, `XA PREPARE '${gid}'`],
  commit: (gid) => `XA COMMIT '${gid}'`,
  rollback: (gid) => `XA ROLLBACK '${gid}'`,
  abandon: (gid) => [`XA END '${gid}'`, `XA ROLLBACK '${gid}'`],
  list: 'XA RECOVER',
}

async function connect(options: MysqlOptions): Promise<MysqlConnection> {
  const { clock = systemClock, statementTimeoutMs = defaultLimits.statementTimeoutMs } = options
  const client = await opened(options)
  return new MysqlConnection({ client, clock, statementTimeoutMs, cancel: () => cancelAt(client, options) })
}

async function opened({
  url,
  connectTimeoutMs = defaultLimits.connectTimeoutMs,
  idleTransactionMs = defaultLimits.idleTransactionMs,
}: MysqlOptions): Promise<Client> {
  const { createConnection } = await driver()
  const client = createConnection({
    uri: url.replace(/^mariadb:/, 'mysql:'),
    connectTimeout: connectTimeoutMs,
    // The driver's default rounds integers beyond 2 ** 53 without a word.
    supportBigNumbers: true,
    bigNumberStrings: true,
    timezone: 'Z',
    dateStrings: ['DATE'],
    typeCast: readMysql,
  })
  client.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    client.connect((error) => {
      if (error === null || error === undefined) return resolve()
      client.destroy()
      reject(unavailable('The database cannot be reached.', error))
    })
  })
  // MySQL does not know the variable, and does without.
  const seconds = Math.ceil(idleTransactionMs / 1_000)
  await new Promise<void>((resolve) =>
    client.query(`SET SESSION idle_transaction_timeout = ${seconds}`, () => resolve()),
  )
  return client
}

/** On a connection of its own: the first one is waiting for the answer that shall not come. */
async function cancelAt({ threadId }: Client, options: MysqlOptions): Promise<void> {
  const other = await opened({ ...options, connectTimeoutMs: 1_000 })
  await new Promise<void>((resolve) => other.query(`KILL QUERY ${Number(threadId)}`, () => resolve()))
  other.destroy()
}

async function driver(): Promise<typeof import('mysql2')> {
  try {
    return await import('mysql2')
  } catch (error) {
    throw driverMissing('mysql2', error)
  }
}
