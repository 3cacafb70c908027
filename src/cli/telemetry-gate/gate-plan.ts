/**
 * How much traffic it takes to tell a right build from a wrong one.
 *
 * Sampling. Of n traces that begin in the service k are kept; a right build's k/n spreads around the ratio p with the
 * standard deviation sqrt(p (1 - p) / n). So that a deviation of 3 % of p is 4.5 of them (7 right builds in a million are
 * failed), n = 4.5² (1 - p) / (p 0.03²): 22,500 for p = 0.5 and 202,500 for p = 0.1. The code that decides is the same for
 * every ratio, so that a large one tells as much, sooner.
 *
 * Loss. A right build loses nothing, whatever the number of spans. One that loses 1 in 500 by chance loses λ = N / 500 of N on
 * average, and passes below N / 2,000: with the probability of a Poisson variable of that mean to be so small. 15,000 spans make it
 * 6 in ten million; one that loses every 500th never passes.
 */
export interface GatePlan {
  /** Share of the traces that begin in the service which it is told to keep. */
  readonly ratio: number
  readonly perSecond: number
  /** Requests of each kind. */
  readonly requests: Readonly<Record<RequestKind, number>>
  /** Spans that must have been expected, for a verdict on loss. */
  readonly minSpans: number
}

/** kept: the caller keeps the trace. own: there is none yet, and the service decides. dropped: the caller does not keep it. */
export type RequestKind = 'kept' | 'own' | 'dropped'

export interface GateLimits {
  /** Of the ratio. */
  readonly samplingError: number
  /** Of the spans expected. */
  readonly loss: number
}

export const defaultGateLimits: GateLimits = { samplingError: 0.03, loss: 0.0005 }

const standardDeviations = 4.5
const minSpans = { whole: 15_000, short: 8_000 }
const defaultRatio = { whole: 0.5, short: 0.8 }
/** Requests whose trace the caller does not keep, for each that it does: enough to notice that they are kept all the same. */
const droppedShare = 0.02

export interface GateWishes {
  readonly isShort: boolean
  /** Requests in a second. */
  readonly perSecond: number
  readonly ratio?: number | undefined
}

export function planGate({ isShort, perSecond, ratio }: GateWishes, limits: GateLimits = defaultGateLimits): GatePlan {
  const size = isShort ? 'short' : 'whole'
  const share = ratio ?? defaultRatio[size]
  const own = Math.max(1_000, Math.ceil((standardDeviations ** 2 * (1 - share)) / (share * limits.samplingError ** 2)))
  // A request is one span at least.
  const kept = minSpans[size]
  const requests = { own, kept, dropped: Math.ceil((own + kept) * droppedShare) }
  return { ratio: share, perSecond, requests, minSpans: minSpans[size] }
}

export function totalOf({ requests }: GatePlan): number {
  return requests.own + requests.kept + requests.dropped
}

/** The probability that a build which loses 1 span in 500 by chance stays within the limit. */
export function missProbability(spans: number, { loss }: GateLimits = defaultGateLimits): number {
  const mean = spans / 500
  let term = Math.exp(-mean)
  let sum = 0
  for (let lost = 0; lost <= spans * loss; lost++) {
    sum += term
    term *= mean / (lost + 1)
  }
  return sum
}
