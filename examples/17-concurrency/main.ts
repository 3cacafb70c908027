/**
 * concurrency: tasks in a group, a channel between them, a select that gives up in time, and a function on another core.
 *
 *   prints 3 orders packed by 2 packers
 *   prints nothing came within 20 ms
 *   prints stock was refused: OUT_OF_STOCK; the other task was cancelled
 *   prints looked up once, answered 3 times
 *   prints the event loop stayed free: true; sha256 of sha256 of …: db93a9b032de
 *   ends
 */
import { after, Channel, Group, go, Singleflight, select, sleep, Workers } from 'genever/concurrency'
import { ServiceError } from 'genever/foundation'
import { chainedHash } from './chained-hash.ts'

// Two packers take orders from one channel; the group ends when all its tasks have ended.
const orders = new Channel<string>()
const packed: string[] = []
await Group.run(async () => {
  for (const _packer of [1, 2]) {
    go(async () => {
      for await (const order of orders) packed.push(order)
    })
  }
  for (const order of ['tea', 'rum', 'gin']) await orders.send(order)
  orders.close()
})
console.log(`${packed.length} orders packed by 2 packers`)

// The first case that is ready wins; the others leave no trace.
const news = new Channel<string>()
const chosen = await select({ news: news.receiving(), late: after(20) })
console.log(chosen.case === 'news' ? chosen.value : 'nothing came within 20 ms')

// The first error cancels the rest, and wait() rejects with it.
const group = new Group()
const other = group.go(() => sleep(60_000))
group.go(() => {
  throw new ServiceError('OUT_OF_STOCK', 'Sold out.', { status: 409 })
})
const refused = await group.wait().catch((error: ServiceError) => error.code)
const cancelled = await other.result.catch((error: ServiceError) => error.code === 'CANCELLED')
console.log(`stock was refused: ${refused}; the other task was ${cancelled ? 'cancelled' : 'not cancelled'}`)

// Callers who want the same thing at the same time share one call.
const flights = new Singleflight<string, number>()
let lookups = 0
const look = (): Promise<number> => flights.do('tea', async () => ++lookups)
const answers = await Promise.all([look(), look(), look()])
console.log(`looked up ${lookups === 1 ? 'once' : `${lookups} times`}, answered ${answers.length} times`)

// What costs CPU runs on a thread, so that this one goes on.
await using workers = new Workers({ threads: 1 })
let turns = 0
const counting = setInterval(() => turns++, 1)
const digest = await workers.run(chainedHash, { text: 'gin', rounds: 30_000 })
clearInterval(counting)
console.log(`the event loop stayed free: ${turns > 0}; sha256 of sha256 of …: ${digest.slice(0, 12)}`)
