/** What a policy adds to a call that succeeds, in this runtime: prints the figures as JSON. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Context } from 'genever/foundation'
import {
  adaptiveBreaker,
  breaker,
  bulkhead,
  fallback,
  hedge,
  lastGood,
  policy,
  rateLimit,
  retry,
  timeout,
} from 'genever/resilience'

type Protected = (call: () => Promise<number>) => Promise<unknown>

interface Executing {
  execute: Protected
}

/** What is used of the packages in `peers.mjs`. */
interface Peers {
  cockatiel: {
    handleAll: unknown
    TimeoutStrategy: { Aggressive: string }
    ConsecutiveBreaker: new (failures: number) => unknown
    retry(handled: unknown, options: object): Executing
    circuitBreaker(handled: unknown, options: object): Executing
    timeout(ms: number, strategy: string): Executing
    bulkhead(limit: number, queue: number): Executing
    fallback(handled: unknown, value: unknown): Executing
    wrap(...policies: Executing[]): Executing
  }
  Opossum: new (call: () => Promise<number>, options: object) => { fire(): Promise<number> }
}

const rounds = 15
const callsInRound = 20_000
const { cockatiel, Opossum }: Peers = await import(pathToFileURL(join(process.argv[2] ?? '.', 'peers.mjs')).href)
const call = async (): Promise<number> => 1

const cases: readonly [policy: string, by: string, run: Protected][] = [
  ['none', 'Genever', policy()],
  ['retry', 'Genever', policy(retry())],
  ['retry', 'cockatiel', of(cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3 }))],
  ['breaker', 'Genever', policy(breaker())],
  ['adaptive breaker', 'Genever', policy(adaptiveBreaker())],
  ['breaker', 'cockatiel', of(cockatielBreaker())],
  ['breaker', 'opossum', opossum({ timeout: false })],
  ['timeout', 'Genever', policy(timeout())],
  ['timeout', 'cockatiel', of(cockatiel.timeout(1_000, cockatiel.TimeoutStrategy.Aggressive))],
  ['hedge', 'Genever', policy(hedge({ delayMs: 1_000 }))],
  ['bulkhead', 'Genever', policy(bulkhead())],
  ['bulkhead', 'cockatiel', of(cockatiel.bulkhead(100, 100))],
  ['rate limit', 'Genever', policy(rateLimit({ limit: 1e9 }))],
  ['fallback', 'Genever', policy(fallback({ value: 0 }))],
  ['fallback', 'cockatiel', of(cockatiel.fallback(cockatiel.handleAll, 0))],
  ['last good', 'Genever', policy(lastGood())],
  ['retry, breaker, timeout', 'Genever', policy(retry(), breaker(), timeout())],
  [
    'retry, breaker, timeout',
    'cockatiel',
    of(
      cockatiel.wrap(
        cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3 }),
        cockatielBreaker(),
        cockatiel.timeout(1_000, cockatiel.TimeoutStrategy.Aggressive),
      ),
    ),
  ],
  ['breaker, timeout', 'opossum', opossum({ timeout: 1_000 })],
]

const best = cases.map(() => Number.POSITIVE_INFINITY)
// Inside a context, as a call of a service is.
await new Context().run(async () => {
  for (let round = 0; round < rounds; round++) {
    for (const [at, [, , run]] of cases.entries()) best[at] = Math.min(best[at] ?? 0, await nanosecondsOf(run))
  }
})
const none = best[0] ?? 0
const figures = cases.map(([name, by], at) => ({
  policy: name,
  by,
  ns: Math.round((best[at] ?? 0) - (at === 0 ? 0 : none)),
}))
console.log(JSON.stringify(figures))
// Timers of the peers may be left; nothing is waited for any more.
process.exit(0)

async function nanosecondsOf(run: Protected): Promise<number> {
  const startedMs = performance.now()
  for (let made = 0; made < callsInRound; made++) await run(call)
  return ((performance.now() - startedMs) * 1e6) / callsInRound
}

function of(executing: Executing): Protected {
  return (work) => executing.execute(work)
}

function cockatielBreaker(): Executing {
  return cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 1_000,
    breaker: new cockatiel.ConsecutiveBreaker(20),
  })
}

/** It is bound to its call. */
function opossum(options: object): Protected {
  const circuit = new Opossum(call, options)
  return () => circuit.fire()
}
