/** Schedules on MariaDB. */
import { after, before, describe } from 'node:test'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { describeScheduleStore } from '../../../src/schedule/schedule-store.contract.ts'
import { openDatabaseStores } from '../support/schedule-stores.ts'
import { describeSharedSchedule } from '../support/shared-schedule.ts'

describe('MariaDB', { skip: mariadbMissing }, () => {
  let server: MariadbSystem
  before(async () => {
    server = await startMariadb()
  })
  after(() => server?.stop())

  describeScheduleStore({ name: 'MariaDB', open: () => openDatabaseStores(server.url) })
  describeSharedSchedule({ name: 'MariaDB', url: () => server.url })
})
