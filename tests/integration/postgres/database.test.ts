/** PostgreSQL keeps what every database promises. */
import { after, before, describe } from 'node:test'
import { sql } from 'kysely'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { describeDrizzle } from '../../../src/database/bridges/drizzle.contract.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeDialect } from '../../../src/database/dialect.contract.ts'
import { describeMigrations } from '../../../src/database/migrations/migrate.contract.ts'
import { describeModels } from '../../../src/database/models/model.contract.ts'
import { describePartTables } from '../../../src/database/part-tables.contract.ts'
import { describeLostDatabase } from '../support/lost-database.ts'

const types = {
  bigint: 'bigint',
  decimal: 'numeric(18,4)',
  moment: 'timestamptz',
  document: 'jsonb',
  flag: 'boolean',
  bytes: 'bytea',
}

/** What tables others make he may read and write. */
const limitedUser = `do $$ begin
  if not exists (select from pg_roles where rolname = 'limited') then create role limited login; end if;
  revoke create on schema public from public;
  alter default privileges in schema public grant all on tables to limited;
  grant all on all tables in schema public to limited;
end $$`

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

  describePartTables({
    name: 'PostgreSQL',
    url: () => server.url,
    async limitedUrl() {
      const db = createDatabase({ url: server.url })
      await sql.raw(limitedUser).execute(db.query)
      await db.stop()
      return server.url.replace('postgres@', 'limited@')
    },
  })
  describeModels({ name: 'PostgreSQL', url: () => server.url })

  describeDrizzle({ name: 'PostgreSQL', url: () => server.url })

  describeLostDatabase({ name: 'PostgreSQL', start: startPostgres, sleep: (seconds) => `select pg_sleep(${seconds})` })
})
