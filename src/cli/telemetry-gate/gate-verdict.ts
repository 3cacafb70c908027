/**
 * The verdict: what was sent against what arrived.
 *
 *   asked, by kind and route ─┐
 *   traces, as counted ───────┴▶ spans that each trace should have ─▶ loss, sampling, what nobody wanted ─▶ passed?
 *
 * A request is a server span at least. How many spans stand below it only the service knows: it is taken to be the number that
 * most traces of the route have. Where that varies from request to request, only the request itself is counted.
 */
import type { GateLimits, GatePlan } from './gate-plan.ts'
import type { TraceTally } from './span-tally.ts'

export interface GateTraffic {
  /** Requests whose trace the caller keeps: their ids and routes. */
  readonly kept: ReadonlyMap<string, string>
  /** Those whose trace it does not. */
  readonly dropped: ReadonlySet<string>
  /** How many came without a trace. */
  readonly own: number
  /** How many were not answered, or with 5xx, by why; they are left out of all other numbers. */
  readonly failures: ReadonlyMap<string, number>
  readonly perSecond: number
}

export interface GateVerdict {
  readonly passed: boolean
  readonly expectedSpans: number
  readonly lostSpans: number
  readonly keptShare: number
  /** Of the ratio. */
  readonly samplingError: number
  readonly routes: readonly RouteVerdict[]
  /** What is wrong, each in a sentence; empty if it passed. */
  readonly problems: readonly string[]
}

export interface RouteVerdict {
  readonly route: string
  readonly traces: number
  readonly spansPerTrace: number
  /** Whether the number of spans varies, so that only the request's own is counted. */
  readonly varies: boolean
  readonly lost: number
}

/** So many of a route's traces must have the same number of spans for that to be the right one. */
const agreement = 0.9
/** What is sent must be near enough to what was asked for. */
const minRateShare = 0.9
const maxFailedShare = 0.05

export function judge(
  plan: GatePlan,
  traffic: GateTraffic,
  { traces, limits }: { traces: readonly TraceTally[]; limits: GateLimits },
): GateVerdict {
  const spansOf = new Map(traces.map(({ traceId, spans }) => [traceId, spans]))
  const routes = routeVerdicts(traffic.kept, spansOf)
  const expectedSpans = sum(routes.map((route) => route.traces * route.spansPerTrace))
  const lostSpans = sum(routes.map(({ lost }) => lost))
  const own = traces.filter(
    ({ traceId, isOwn }) => isOwn && !traffic.kept.has(traceId) && !traffic.dropped.has(traceId),
  )
  const keptShare = own.length / traffic.own
  const samplingError = Math.abs(keptShare - plan.ratio) / plan.ratio
  const unwanted = [...traffic.dropped].filter((traceId) => spansOf.has(traceId)).length
  const problems = [
    lostSpans > expectedSpans * limits.loss &&
      `${lostSpans} of ${expectedSpans} spans were lost (${percent(lostSpans / expectedSpans)}); at most ${percent(limits.loss)} may be`,
    !(samplingError <= limits.samplingError) &&
      `${percent(keptShare)} of the traces were kept instead of ${percent(plan.ratio)}: off by ${percent(samplingError)}, more than ${percent(limits.samplingError)}`,
    unwanted > 0 && `${unwanted} traces were exported that their callers do not keep`,
    ...trafficProblems(plan, traffic, expectedSpans),
  ].filter((problem) => problem !== false)
  return { passed: problems.length === 0, expectedSpans, lostSpans, keptShare, samplingError, routes, problems }
}

/** Without the traffic that was planned there is no verdict. */
function trafficProblems(plan: GatePlan, traffic: GateTraffic, expectedSpans: number): (string | false)[] {
  const { failures, perSecond } = traffic
  const failed = sum([...failures.values()])
  const reasons = Array.from(failures, ([reason, times]) => `${reason}: ${times}`).join(', ')
  const asked = traffic.kept.size + traffic.dropped.size + traffic.own + failed
  return [
    failed > asked * maxFailedShare &&
      `${failed} of ${asked} requests failed, so that this says little of telemetry (${reasons})`,
    perSecond < plan.perSecond * minRateShare &&
      `only ${Math.round(perSecond)} of ${plan.perSecond} requests in a second could be sent; free the machine, or lower --rate`,
    expectedSpans < plan.minSpans * (1 - maxFailedShare) &&
      `${expectedSpans} spans are too few to see a loss; ${plan.minSpans} are needed`,
  ]
}

function routeVerdicts(kept: ReadonlyMap<string, string>, spansOf: ReadonlyMap<string, number>): RouteVerdict[] {
  const byRoute = Map.groupBy(kept, ([, route]) => route)
  return Array.from(byRoute, ([route, asked]) =>
    routeVerdict(
      route,
      asked.map(([traceId]) => spansOf.get(traceId) ?? 0),
    ),
  )
}

function routeVerdict(route: string, counts: readonly number[]): RouteVerdict {
  const frequencies = Array.from(
    Map.groupBy(counts, (count) => count),
    ([count, those]) => ({ count, times: those.length }),
  )
  const [most] = frequencies.filter(({ count }) => count > 0).toSorted((a, b) => b.times - a.times)
  const varies = most === undefined || most.times < counts.length * agreement
  const spansPerTrace = varies ? 1 : most.count
  const lost = sum(counts.map((count) => Math.max(0, spansPerTrace - count)))
  return { route, traces: counts.length, spansPerTrace, varies, lost }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
