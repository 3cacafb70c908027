/** MariaDB keeps what every database promises. */
import { after, before, describe } from 'node:test'
import { sql } from 'kysely'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { describeDrizzle } from '../../../src/database/bridges/drizzle.contract.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeDialect } from '../../../src/database/dialect.contract.ts'
import { describeMigrations } from '../../../src/database/migrations/migrate.contract.ts'
import { describeModels } from '../../../src/database/models/model.contract.ts'
import { describePartTables } from '../../../src/database/part-tables.contract.ts'
import { describeLostDatabase } from '../support/lost-database.ts'

const types = {
  bigint: 'bigint',
  decimal: 'decimal(18,4)',
  moment: 'datetime(3)',
  document: 'json',
  flag: 'boolean',
  bytes: 'blob',
}

describe('MariaDB', { skip: mariadbMissing }, () => {
  let server: MariadbSystem
  before(async () => {
    server = await startMariadb()
  })
  after(() => server?.stop())

  describeDialect({
    name: 'MariaDB',
    types,
    open: async (parts) => createDatabase({ ...parts, url: server.url }),
    close: (db) => db.stop(),
  })

  describeMigrations({ name: 'MariaDB', url: () => server.url })

  describePartTables({
    name: 'MariaDB',
    url: () => server.url,
    async limitedUrl() {
      const db = createDatabase({ url: server.url })
      const { pathname, host } = new URL(server.url)
      await sql.raw("create user if not exists 'limited'@'%'").execute(db.query)
      await sql.raw(`grant select, insert, update, delete on ${pathname.slice(1)}.* to 'limited'@'%'`).execute(db.query)
      await db.stop()
      return `mysql://limited@${host}${pathname}`
    },
  })
  describeModels({ name: 'MariaDB', url: () => server.url })

  describeDrizzle({ name: 'MariaDB', url: () => server.url })

  describeLostDatabase({ name: 'MariaDB', start: startMariadb, sleep: (seconds) => `select sleep(${seconds})` })
})
