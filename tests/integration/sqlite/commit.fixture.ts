/** Commits, and says so on standard output each time. Arguments: file, and `careless` for a database that does not wait for its disk. */
import { writeSync } from 'node:fs'
import { sql } from 'kysely'
import { createDatabase } from '../../../src/database/create-database.ts'

const [file = '', how = 'durable'] = process.argv.slice(2)
const db = createDatabase<{ n: { value: number } }>({ url: `sqlite:${file}` })
await db.query.schema.createTable('n').addColumn('value', 'integer').execute()
if (how === 'careless') await sql.raw('pragma synchronous = off').execute(db.query)
for (let value = 1; value <= 20; value++) {
  if (value % 2 === 0) await db.query.insertInto('n').values({ value }).execute()
  else await db.transaction(() => db.query.insertInto('n').values({ value }).execute())
  writeSync(1, `committed ${value}\n`)
}
await db.stop()
