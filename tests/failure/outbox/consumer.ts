/** Counts each number, once for each time that it is told of it: an effect without anything unique about it. */
import { sql } from 'kysely'
import { Inbox } from '../../../src/outbox/inbox.ts'
import { crashPoints, numbered, openDatabase, openMessaging, settingsFromCommandLine } from './parts.ts'

const settings = settingsFromCommandLine()
const crash = crashPoints(settings)
const db = openDatabase(settings)
const inbox = new Inbox({ database: db })
const messaging = openMessaging(settings, 'counter', [
  async (facts, next) => {
    crash('before the handler')
    await (settings.mode === 'naive' ? next() : inbox.layer(facts, next))
    crash('after the handler')
  },
])
messaging.subscribe(numbered, { retry: { attempts: 1_000, baseDelayMs: 5, maxDelayMs: 100 } }, async ({ data }) => {
  await sql`update effect set times = times + 1 where n = ${data.n}`.execute(db.query)
  crash('after the effect')
})
await messaging.start()
