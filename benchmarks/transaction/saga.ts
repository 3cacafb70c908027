/**
 * How many steps of sagas one process runs in a second on one PostgreSQL with `fsync`: every step is written before it begins and when it is done.
 *
 *   node benchmarks/transaction/saga.ts [seconds]     bun benchmarks/transaction/saga.ts [seconds]
 */
import { z } from 'zod'
import { startPostgres } from '../../scripts/systems/postgres.ts'
import { createDatabase } from '../../src/database/create-database.ts'
import { SagaCoordinator } from '../../src/transaction/saga/coordinator.ts'
import { defineSaga } from '../../src/transaction/saga/saga.ts'

const seconds = Number(process.argv[2] ?? 5)
/** Instances under way at once. */
const atOnce = 64
const steps = 5

const server = await startPostgres({ settings: { fsync: 'on' } })
const database = createDatabase({ url: server.url, pool: { max: 20 } })
const saga = defineSaga('bench', { input: z.object({ n: z.int() }) })
  .step('one', { run: ({ input }) => input.n })
  .step('two', { run: ({ results }) => results.one + 1 })
  .step('three', { run: ({ results }) => results.two + 1 })
  .step('four', { run: ({ results }) => results.three + 1 })
  .step('five', { run: ({ results }) => results.four + 1, compensate: () => undefined })
const sagas = new SagaCoordinator({ database, sagas: [saga], concurrency: 2 * atOnce })
await sagas.start()

async function run(forMs: number): Promise<number> {
  const endMs = performance.now() + forMs
  let done = 0
  const one = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const { status, results } = await sagas.outcome(await sagas.begin(saga, { n: 1 }))
      if (status !== 'done' || results.five !== 5) throw new Error(`a saga ended as ${status}`)
      done++
    }
  }
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: atOnce }, one))
  return done / ((performance.now() - startedMs) / 1_000)
}

await run(2_000)
const perSecond = await run(seconds * 1_000)
console.log(`${Math.round(perSecond)} sagas/s, ${Math.round(perSecond * steps)} steps/s, ${atOnce} at once`)
await sagas.stop()
await database.stop()
await server.stop()
