/** Idempotency keys on MariaDB. */
import { after, before, describe } from 'node:test'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { describeIdempotency } from '../../../src/idempotency/idempotent.contract.ts'

describe('MariaDB', { skip: mariadbMissing }, () => {
  let server: MariadbSystem
  before(async () => {
    server = await startMariadb()
  })
  after(() => server?.stop())

  describeIdempotency({ name: 'MariaDB', url: () => server.url })
})
