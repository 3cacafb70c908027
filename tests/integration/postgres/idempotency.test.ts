/** Idempotency keys on PostgreSQL. */
import { after, before, describe } from 'node:test'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { describeIdempotency } from '../../../src/idempotency/idempotent.contract.ts'

describe('PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  describeIdempotency({ name: 'PostgreSQL', url: () => server.url })
})
