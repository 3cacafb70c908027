/** Schedules on PostgreSQL. */
import { after, before, describe } from 'node:test'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { describeScheduleStore } from '../../../src/schedule/schedule-store.contract.ts'
import { openDatabaseStores } from '../support/schedule-stores.ts'
import { describeSharedSchedule } from '../support/shared-schedule.ts'

describe('PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  describeScheduleStore({ name: 'PostgreSQL', open: () => openDatabaseStores(server.url) })
  describeSharedSchedule({ name: 'PostgreSQL', url: () => server.url })
})
