/** How late the event loop is while durable commits of SQLite run on it, in this runtime: prints the figures as JSON. */
import { createDatabase } from 'genever/database'

const seconds = Number(process.argv[3] ?? 3)
const db = createDatabase<{ entry: { id: number; text: string } }>({ url: process.argv[2] ?? '' })
await db.query.schema.dropTable('entry').ifExists().execute()
await db.query.schema
  .createTable('entry')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('text', 'text')
  .execute()

const figures: { writers: number; commitsPerSecond: number; medianMs: number; p99Ms: number; maxMs: number }[] = []
let id = 0
for (const writers of [0, 1, 16]) {
  const endMs = performance.now() + seconds * 1_000
  const first = id
  const write = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const row = { id: ++id, text: 'of a durable load' }
      await db.transaction(() => db.query.insertInto('entry').values(row).execute())
      // As a service does between two requests: whoever waits for the loop has its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const late = watch(endMs)
  await Promise.all(Array.from({ length: writers }, write))
  const sorted = (await late).toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  const commitsPerSecond = (id - first) / seconds
  figures.push({ writers, commitsPerSecond, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) })
}
console.log(JSON.stringify(figures))
await db.stop()

/** How much later than after 2 ms a timer comes, again and again. */
async function watch(endMs: number): Promise<number[]> {
  const late: number[] = []
  while (performance.now() < endMs) {
    const startedMs = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 2))
    late.push(Math.max(0, performance.now() - startedMs - 2))
  }
  return late
}
