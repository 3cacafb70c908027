/** Try, confirm, cancel on MariaDB. */
import { after, before, describe } from 'node:test'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeTcc } from '../../../src/transaction/tcc/tcc.contract.ts'

describe('MariaDB', { skip: mariadbMissing }, () => {
  let server: MariadbSystem
  before(async () => {
    server = await startMariadb()
  })
  after(() => server?.stop())

  describeTcc({
    name: 'MariaDB',
    open: async () => createDatabase({ url: server.url }),
    close: (db) => db.stop(),
  })
})
