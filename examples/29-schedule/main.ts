/**
 * schedule: a job that runs each second in one of two processes, and whose effect on the database happens once for each tick.
 *
 *   GET /ticks → 200 {"isOnceEach":true}
 *   prints a tick was counted
 */
import { createDatabase } from 'genever/database'
import { databaseScheduleStore } from 'genever/schedule'
import { createService } from 'genever/service'

interface Tables {
  counted: { tick: string }
}

const database = createDatabase<Tables>({ url: 'sqlite::memory:' })
const service = createService({
  name: 'clockwork',
  components: [database],
  schedule: { store: databaseScheduleStore({ database }) },
})

await database.query.schema.createTable('counted').addColumn('tick', 'text').execute()

service.schedule(
  '* * * * * *',
  async (run) => {
    await run.once(async () => {
      await database.query.insertInto('counted').values({ tick: run.tick.toISOString() }).execute()
    })
    console.log('a tick was counted')
  },
  { name: 'count', timeZone: 'Europe/Berlin', timeoutMs: 5_000 },
)

service.http.get('/ticks', async (c) => {
  const ticks = await database.query.selectFrom('counted').select('tick').execute()
  return c.json({ isOnceEach: new Set(ticks.map(({ tick }) => tick)).size === ticks.length })
})

await service.run()
