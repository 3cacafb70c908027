/**
 * A process of the test of shared schedules: a job each second whose effect is a row without a key, so that a double would show.
 *
 *   node ticking.ts DATABASE_URL NAME     writes «began TICK» before and «done TICK» behind the effect
 */
import { createDatabase } from '../../../src/database/create-database.ts'
import { createSchedule } from '../../../src/schedule/schedule.ts'
import { databaseScheduleStore } from '../../../src/schedule/stores/database.ts'

const [url = '', runner = ''] = process.argv.slice(2)
const database = createDatabase<{ ticked: { tick_ms: number; runner: string } }>({ url })
const schedule = createSchedule({ store: databaseScheduleStore({ database }), leaseMs: 1_500, runner })

schedule.add(
  '* * * * * *',
  async (run) => {
    const tick_ms = run.tick.getTime()
    process.stdout.write(`began ${tick_ms}\n`)
    await run.once(async () => {
      await database.query.insertInto('ticked').values({ tick_ms, runner }).execute()
      // Long enough to be killed in the middle of it.
      await new Promise((resolve) => setTimeout(resolve, 150))
    })
    process.stdout.write(`done ${tick_ms}\n`)
  },
  { name: 'tick', missed: { atMost: 100 }, restarts: 1_000 },
)
await schedule.start()
process.stdout.write('started\n')
