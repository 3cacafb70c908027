/** Gives numbers, each in a transaction with its event; one of fifty is taken back after its event was appended. */
import { sql } from 'kysely'
import { Outbox } from '../../../src/outbox/outbox.ts'
import { crashPoints, numbered, openDatabase, openMessaging, settingsFromCommandLine } from './parts.ts'

const settings = settingsFromCommandLine()
const crash = crashPoints(settings)
const db = openDatabase(settings)
const messaging = openMessaging(settings, 'producer')
const outbox = new Outbox({ database: db, messaging })

async function give(n: number): Promise<void> {
  crash('before')
  if (settings.mode === 'naive') {
    await sql`insert into given values (${n})`.execute(db.query)
    crash('between the change and the event')
    await messaging.publish(numbered, { n })
    return
  }
  await db.transaction(async () => {
    await sql`insert into given values (${n})`.execute(db.query)
    crash('after the change')
    await outbox.publish(numbered, { n })
    crash('after the append')
  })
  crash('after the commit')
}

/** An event of a change that never was: nobody may see it. */
async function takeBack(n: number): Promise<void> {
  if (settings.mode === 'naive') return
  await db
    .transaction(async () => {
      await outbox.publish(numbered, { n: settings.count + n })
      throw new Error('taken back')
    })
    .catch(() => undefined)
}

const { rows } = await sql<{ n: number }>`select n from given`.execute(db.query)
const known = new Set(rows.map(({ n }) => Number(n)))
const left = Array.from({ length: settings.count }, (_, index) => index + 1).filter((n) => !known.has(n))
async function worker(): Promise<void> {
  for (let n = left.shift(); n !== undefined; n = left.shift()) {
    await give(n)
    if (n % 50 === 0) await takeBack(n)
  }
}
await Promise.all(Array.from({ length: 8 }, worker))
await messaging.stop()
await db.stop()
