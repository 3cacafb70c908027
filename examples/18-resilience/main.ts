/**
 * resilience: a flaky call made dependable: tried again, bounded in time, spared while it is down, answered from memory meanwhile.
 *
 *   prints 20 of 20 answers, though 1 call of 3 fails
 *   prints a call that hangs: CALL_TIMEOUT after its 50 ms
 *   prints while it is down: stock 7 from a moment ago, 19 of 200 calls reached it
 *   prints breaker: opened, half-opened, closed
 *   prints healed: stock 8
 *   prints the tenant acme may call 3 times: ok ok ok RATE_LIMITED
 *   ends
 */
import { type Context, ServiceError } from 'genever/foundation'
import { breaker, lastGood, policy, rateLimit, retry, timeout } from 'genever/resilience'

const down = new ServiceError('INVENTORY_DOWN', 'Inventory does not answer.', { status: 503 })

// 1. One call of three fails. Who retries within a budget hardly notices.
let calls = 0
const flaky = async (): Promise<string> => {
  if (++calls % 3 === 0) throw down
  return 'tea'
}
const patient = policy(retry({ baseDelayMs: 2 }))
let answers = 0
for (let order = 0; order < 20; order++) if ((await patient(flaky)) === 'tea') answers++
console.log(`${answers} of 20 answers, though 1 call of 3 fails`)

// 2. The policy narrows the context: whatever is below sees the deadline and stops.
const hanging = (context: Context): Promise<never> => new Promise((_, reject) => context.onCancel(reject))
const late = await policy(timeout({ timeoutMs: 50 }))(hanging).catch((error: ServiceError) => error.code)
console.log(`a call that hangs: ${late} after its 50 ms`)

// 3. A breaker spares what is down; the last good answer stands in. `wrap` protects a function once and for all.
let isDown = false
let reached = 0
let stock = 7
const inventory = breaker({ name: 'inventory', openMs: 500 })
const changes: string[] = []
inventory.onEvent(({ kind }) => {
  if (kind !== 'refused') changes.push(kind)
})
const stockOf = policy(lastGood({ maxAgeMs: 60_000 }), inventory).wrap(
  async (_sku: string) => {
    reached++
    if (isDown) throw down
    return stock
  },
  { keyOf: (sku) => sku },
)
await stockOf('gin')
isDown = true
reached = 0
let seen = 0
// All at once, so that the breaker does not get its next probe meanwhile.
for (let call = 0; call < 200; call++) seen = await stockOf('gin')
console.log(`while it is down: stock ${seen} from a moment ago, ${reached} of 200 calls reached it`)

isDown = false
stock = 8
await new Promise((resolve) => setTimeout(resolve, 550))
for (let probe = 0; probe < 3; probe++) seen = await stockOf('gin')
console.log(`breaker: ${changes.join(', ')}`)
console.log(`healed: stock ${seen}`)

// 4. A limit for each tenant.
const perTenant = policy(rateLimit({ limit: 3, windowMs: 60_000 }))
const outcomes: string[] = []
for (let call = 0; call < 4; call++) {
  outcomes.push(await perTenant(() => 'ok', { key: 'acme' }).catch((error: ServiceError) => error.code))
}
console.log(`the tenant acme may call 3 times: ${outcomes.join(' ')}`)
