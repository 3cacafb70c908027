/**
 * What failing upstreams cost the callers of a client, and how much a dead one is still asked. Real processes, an open loop, the
 * client as it is by default; the runtime that runs this file is the one that is tested.
 *
 *   SEED=1 RATE=200 SECONDS=8 node tests/failure/upstreams.ts      prints one line of JSON for each case
 *
 *   one of four   answers 503, is killed, takes 2 s, or falls silent: errors of callers before and after 2 s
 *   three of four answer 503: how many of the four stay in use
 *   the only one  answers 503, or too late: share of the offered calls that reaches it, repetitions, time until it is used again
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { defineApi, get, post } from 'genever'
import { client, defaultPolicies, upstreamOf } from 'genever/client'
import { systemClock } from 'genever/foundation'
import { z } from 'zod'
import { Random } from '../fuzz/mutation.ts'
import { UpstreamProcess } from './support/upstream-process.ts'

export interface CampaignOptions {
  readonly seed: number
  /** Calls a second; every other one is a POST, which is not repeated once it may have arrived. */
  readonly rate: number
  /** Of each fault. */
  readonly seconds: number
}

export type Fault = 'failing' | 'killed' | 'slow' | 'silent'

export interface OneOfFour {
  readonly case: 'one of four' | 'three of four'
  readonly fault: Fault
  readonly seed: number
  /** Calls while the fault lasted. */
  readonly calls: number
  readonly errorsEarly: number
  /** Of the calls that began 2 s after the fault and later. */
  readonly callsLate: number
  readonly errorsLate: number
  readonly errorRateLate: number
  /** Requests that reached the ones that fail; unknown for those that cannot be asked. */
  readonly requestsToFaulty: number | undefined
  readonly usable: number
}

export interface OnlyOne {
  readonly case: 'the only one'
  readonly fault: Fault
  readonly seed: number
  readonly offered: number
  /** Requests that were made of the dead one, repetitions included. */
  readonly attempts: number
  readonly attemptShare: number
  /** Probes: one a second is let through whatever happens. */
  readonly probes: number
  readonly repetitions: number
  readonly recoveryMs: number
}

const api = defineApi({
  find: get('/things/:id', { responses: { 200: z.object({ id: z.string() }) } }),
  place: post('/things', { body: z.object({ id: z.string() }), responses: { 200: z.object({ id: z.string() }) } }),
})

interface Outcome {
  readonly beganMs: number
  readonly endedMs: number
  readonly error: string | undefined
}

export async function oneOfFour(fault: Fault, options: CampaignOptions, faulty = 1): Promise<OneOfFour> {
  const { seed, seconds } = options
  const random = new Random(seed)
  const processes = await Promise.all(Array.from({ length: 4 }, () => UpstreamProcess.start()))
  const caller = startCaller(
    processes.map(({ url }) => url),
    options,
  )
  try {
    await sleep(1_000)
    const first = random.below(4)
    const bad = Array.from({ length: faulty }, (_, at) => processes[(first + at) % 4] as UpstreamProcess)
    const answers = fault === 'failing' || fault === 'slow'
    if (answers) await Promise.all(bad.map((each) => each.count()))
    const faultMs = performance.now()
    await Promise.all(bad.map((each) => inject(fault, each)))
    await sleep(seconds * 1_000)
    const usable = caller.addresses().filter((state) => state === 'usable').length
    const during = (await caller.stop()).filter(({ beganMs }) => beganMs >= faultMs)
    const requests = answers ? await Promise.all(bad.map((each) => each.count())) : undefined
    const late = during.filter(({ beganMs }) => beganMs >= faultMs + 2_000)
    const errorsLate = failuresOf(late)
    return {
      case: faulty === 1 ? 'one of four' : 'three of four',
      fault,
      seed,
      calls: during.length,
      errorsEarly: failuresOf(during) - errorsLate,
      callsLate: late.length,
      errorsLate,
      errorRateLate: errorsLate / Math.max(1, late.length),
      requestsToFaulty: requests?.reduce((sum, count) => sum + count, 0),
      usable,
    }
  } finally {
    await Promise.all(processes.map((each) => each.kill()))
  }
}

export async function theOnlyOne(fault: 'failing' | 'slow', options: CampaignOptions): Promise<OnlyOne> {
  const { seed, seconds } = options
  const only = await UpstreamProcess.start()
  const caller = startCaller([only.url], options)
  try {
    await sleep(1_000)
    await only.count()
    const faultMs = performance.now()
    only.become(fault)
    await sleep(seconds * 1_000)
    const attempts = await only.count()
    const healedMs = performance.now()
    only.become('good')
    await sleep(4_000)
    const outcomes = await caller.stop()
    const dead = outcomes.filter(({ beganMs }) => beganMs >= faultMs && beganMs < healedMs)
    return {
      case: 'the only one',
      fault,
      seed,
      offered: dead.length,
      attempts,
      attemptShare: attempts / dead.length,
      probes: seconds,
      repetitions: caller.repetitions(),
      recoveryMs: Math.round(recoveredMs(outcomes, healedMs) - healedMs),
    }
  } finally {
    await only.kill()
  }
}

/** From when on 95 of 100 calls in a row succeed. */
function recoveredMs(outcomes: readonly Outcome[], healedMs: number): number {
  const after = outcomes.filter(({ beganMs }) => beganMs >= healedMs).toSorted((a, b) => a.beganMs - b.beganMs)
  for (const [at, { beganMs }] of after.entries()) {
    const run = after.slice(at, at + 100)
    if (run.length === 100 && failuresOf(run) <= 5) return beganMs
  }
  return Number.POSITIVE_INFINITY
}

function failuresOf(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ error }) => error !== undefined).length
}

function inject(fault: Fault, upstream: UpstreamProcess): Promise<void> | void {
  if (fault === 'killed') return upstream.kill()
  if (fault === 'silent') upstream.fallSilent()
  else upstream.become(fault)
}

interface Caller {
  stop(): Promise<Outcome[]>
  addresses(): string[]
  repetitions(): number
}

/** Calls at their time, however many are still under way. */
function startCaller(urls: readonly string[], { seed, rate }: CampaignOptions): Caller {
  const chance = new Random(seed)
  const random = (): number => chance.below(1 << 30) / (1 << 30)
  const policies = defaultPolicies({ upstream: 'things', clock: systemClock, random })
  let repetitions = 0
  for (const each of policies) each.onEvent(({ kind }) => (repetitions += kind === 'retried' ? 1 : 0))
  const things = client(api, { url: urls, service: 'things', timeoutMs: 1_000, policies, balancing: { random } })
  const outcomes: Outcome[] = []
  const running = new Set<Promise<void>>()
  const startedMs = performance.now()
  let made = 0
  const call = async (at: number): Promise<void> => {
    const beganMs = performance.now()
    const work = at % 2 === 0 ? things.find({ params: { id: 'a' } }) : things.place({ body: { id: 'a' } })
    const error = await work.then(
      () => undefined,
      (thrown: { code?: string }) => thrown.code ?? String(thrown),
    )
    outcomes.push({ beganMs, endedMs: performance.now(), error })
  }
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startedMs) / 1_000) * rate; made < due; made++) {
      const one = call(made)
      running.add(one)
      void one.then(() => running.delete(one))
    }
  }, 2)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(running)
      upstreamOf(things).close()
      return outcomes
    },
    addresses: () =>
      upstreamOf(things)
        .view()
        .addresses.map(({ state }) => state),
    repetitions: () => repetitions,
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { SEED = '1', RATE = '200', SECONDS = '8', ONLY = '' } = process.env
  const options = { seed: Number(SEED), rate: Number(RATE), seconds: Number(SECONDS) }
  const cases: readonly (readonly [name: string, run: () => Promise<OneOfFour | OnlyOne>])[] = [
    ...(['failing', 'killed', 'slow', 'silent'] as const).map(
      (fault) => [`one-${fault}`, () => oneOfFour(fault, options)] as const,
    ),
    ['three-failing', () => oneOfFour('failing', options, 3)],
    ['only-failing', () => theOnlyOne('failing', options)],
    ['only-slow', () => theOnlyOne('slow', options)],
  ]
  for (const [name, run] of cases) if (name.includes(ONLY)) console.log(JSON.stringify(await run()))
  process.exit(0)
}
