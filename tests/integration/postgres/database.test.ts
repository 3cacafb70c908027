/** PostgreSQL keeps what every database promises. */
import { after, before, describe } from 'node:test'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeDialect } from '../../../src/database/dialect.contract.ts'
import { describeMigrations } from '../../../src/database/migrations/migrate.contract.ts'
import { describeLostDatabase } from '../support/lost-database.ts'

const types = {
  bigint: 'bigint',
  decimal: 'numeric(18,4)',
  moment: 'timestamptz',
  document: 'jsonb',
  flag: 'boolean',
  bytes: 'bytea',
}

describe('PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  describeDialect({
    name: 'PostgreSQL',
    types,
    open: async (parts) => createDatabase({ ...parts, url: server.url }),
    close: (db) => db.stop(),
  })

  describeMigrations({ name: 'PostgreSQL', url: () => server.url })

  describeLostDatabase({ name: 'PostgreSQL', start: startPostgres, sleep: (seconds) => `select pg_sleep(${seconds})` })
})
