/** Try, confirm, cancel on PostgreSQL. */
import { after, before, describe } from 'node:test'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeTcc } from '../../../src/transaction/tcc/tcc.contract.ts'

describe('PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  describeTcc({
    name: 'PostgreSQL',
    open: async () => createDatabase({ url: server.url }),
    close: (db) => db.stop(),
  })
})
