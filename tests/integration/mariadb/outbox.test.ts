/** Outbox and inbox on MariaDB. */
import { after, before, describe } from 'node:test'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { describeOutbox } from '../../../src/outbox/outbox.contract.ts'

describe('MariaDB', { skip: mariadbMissing }, () => {
  let server: MariadbSystem
  before(async () => {
    server = await startMariadb()
  })
  after(() => server?.stop())

  describeOutbox({
    name: 'MariaDB',
    open: async () => createDatabase({ url: server.url }),
    close: (db) => db.stop(),
  })
})
