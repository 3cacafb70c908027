/**
 * Adaptive breaker: refuses a share of the calls that grows with the share of failures, so that it never flips ("Handling
 * overload", Site Reliability Engineering, 2016; the form of go-zero).
 *
 *   p(refuse) = max(0, (requests − protected − K × accepts) / (requests + 1))        over a window of buckets
 *
 *   after a run of failures and nothing else what was good before says nothing any more: p ≥ 1 − ((2 × protected + 1) / (run + 1))²
 *   K falls from `k` to `minK` while only failures come in; p falls to 0 as a run of good buckets grows to `recoveryMs`;
 *   one call a second passes whatever p says, so that healing is noticed.
 *
 * Requests are counted when they end, or when they are refused. So a call that takes longer than the window is not seen until
 * then: put a timeout inside, shorter than the window.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { checkNumber } from './bad-policy.ts'
import { type CommonBreakerOptions, checkCommonRules, ownKey } from './breaker-options.ts'
import { KeyedStates } from './keyed-states.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type CallScope, type Inside, NamedPolicy } from './policy.ts'
import { RefusedError } from './refused-error.ts'
import { RollingWindow } from './rolling-window.ts'

export interface AdaptiveBreakerOptions extends CommonBreakerOptions {
  /** Requests for each accepted one before any is refused. Lower refuses sooner. Default 1.5. */
  k?: number
  /** What `k` falls to while nothing succeeds. Default 1.1. */
  minK?: number
  /** Requests of the window that are never refused: too few to know anything. Default 5. */
  protectedCalls?: number
  /** At least one call passes in this time. Default 1,000. */
  probeEveryMs?: number
  /** After so long without a failure nothing is refused any more, whatever the window still remembers. Default 1,000. */
  recoveryMs?: number
  random?: () => number
}

export interface RefusalFacts {
  /** All requests of the window, the refused ones among them. */
  readonly requests: number
  readonly accepts: number
  readonly protectedCalls: number
  readonly k: number
  readonly minK: number
  /** Share of the window's buckets that end in a run of failures, from 0 to 1. */
  readonly failingShare: number
  /** Share of the recovery time that has been good, from 0 to 1. */
  readonly recoveredShare: number
  /** Calls since the last one that succeeded, the refused ones among them. */
  readonly run: number
}

/** The share of calls to refuse, from 0 to below 1. */
export function refusalProbability(facts: RefusalFacts): number {
  const k = facts.k - (facts.k - facts.minK) * facts.failingShare
  const share = (facts.requests - facts.protectedCalls - k * facts.accepts) / (facts.requests + 1)
  return Math.max(0, share * (1 - facts.recoveredShare), refusedOfRun(facts))
}

/** The window remembers good calls for seconds; whoever is dead now should not be asked for as long. */
function refusedOfRun({ run, protectedCalls }: RefusalFacts): number {
  const passed = Math.min(1, (2 * protectedCalls + 1) / (run + 1))
  return 1 - passed * passed
}

export interface AdaptiveBreakerView {
  readonly key: string
  /** Share of the calls that it would refuse now. */
  readonly refusing: number
  readonly calls: number
  readonly failures: number
  readonly refused: number
}

/** @throws ServiceError BAD_POLICY for options out of range. The policy throws CALL_THROTTLED. */
export function adaptiveBreaker(options: AdaptiveBreakerOptions = {}): AdaptiveBreaker {
  return new AdaptiveBreaker(options)
}

interface Throttle {
  readonly window: RollingWindow
  lastPassMs: number
  /** Calls that failed or were refused since the last one that succeeded. */
  run: number
}

export class AdaptiveBreaker extends NamedPolicy {
  readonly #throttles: KeyedStates<Throttle>
  readonly #factors: Pick<RefusalFacts, 'k' | 'minK' | 'protectedCalls'>
  readonly #recoveryBuckets: number
  readonly #probeEveryMs: number
  readonly #keyOf: (scope: CallScope) => string
  readonly #outcomeOf: (error: unknown) => Outcome
  readonly #clock: Clock
  readonly #random: () => number

  /** Use `adaptiveBreaker()`. */
  constructor({
    name,
    k = 1.5,
    minK = 1.1,
    windowMs = 10_000,
    buckets = 40,
    protectedCalls = 5,
    probeEveryMs = 1_000,
    recoveryMs = 1_000,
    keyOf = ownKey,
    maxKeys = 1_000,
    outcomeOf: judge = outcomeOf,
    clock = systemClock,
    random = Math.random,
  }: AdaptiveBreakerOptions) {
    checkNumber('minK', minK, { min: 1 })
    checkNumber('k', k, { min: minK })
    checkNumber('protectedCalls', protectedCalls, { min: 0, whole: true })
    checkNumber('probeEveryMs', probeEveryMs, { min: 1 })
    checkNumber('recoveryMs', recoveryMs, { min: 1 })
    checkCommonRules({ windowMs, buckets, maxKeys })
    super('adaptive-breaker', name)
    this.#factors = { k, minK, protectedCalls }
    this.#recoveryBuckets = Math.max(1, Math.round(recoveryMs / (windowMs / buckets)))
    this.#probeEveryMs = probeEveryMs
    this.#keyOf = keyOf
    this.#outcomeOf = judge
    this.#clock = clock
    this.#random = random
    this.#throttles = new KeyedStates({
      maxKeys,
      create: () => ({ window: new RollingWindow({ windowMs, buckets }), lastPassMs: clock.monotonic(), run: 0 }),
      isIdle: ({ window }) => window.bad === 0,
    })
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const key = this.#keyOf(scope)
    const throttle = this.#throttles.get(key)
    // Without a failure in the window nothing can be refused: the way of nearly all calls.
    if (throttle.window.bad > 0) this.#admit(key, throttle)
    try {
      const result = await inside(scope)
      throttle.window.addGood(this.#clock.monotonic())
      throttle.run = 0
      return result
    } catch (error) {
      this.#count(throttle, error)
      throw error
    }
  }

  /** All keys that have been called of late. */
  states(): AdaptiveBreakerView[] {
    return Array.from(this.#throttles.entries(), ([key, throttle]) => {
      const { window } = throttle
      window.moveTo(this.#clock.monotonic())
      const { good, bad, refused } = window
      return { key, refusing: bad === 0 ? 0 : this.#probability(throttle), calls: good + bad, failures: bad, refused }
    })
  }

  #admit(key: string, throttle: Throttle): void {
    const nowMs = this.#clock.monotonic()
    throttle.window.moveTo(nowMs)
    const isProbe = nowMs - throttle.lastPassMs >= this.#probeEveryMs
    if (isProbe || this.#random() >= this.#probability(throttle)) {
      throttle.lastPassMs = nowMs
      return
    }
    throttle.window.addRefused(nowMs)
    throttle.run++
    const error = throttledError(this.name)
    this.tell(key, { kind: 'refused', error })
    throw error
  }

  #probability({ window, run }: Throttle): number {
    return refusalProbability({
      ...this.#factors,
      requests: window.good + window.bad + window.refused,
      accepts: window.good,
      failingShare: window.failingBuckets / window.buckets,
      recoveredShare: Math.min(1, window.workingBuckets / this.#recoveryBuckets),
      run,
    })
  }

  #count(throttle: Throttle, error: unknown): void {
    const outcome = this.#outcomeOf(error)
    if (outcome === 'failure') {
      throttle.window.addBad(this.#clock.monotonic())
      throttle.run++
    } else if (outcome === 'success') {
      throttle.window.addGood(this.#clock.monotonic())
      throttle.run = 0
    }
  }
}

function throttledError(name: string): RefusedError {
  return new RefusedError(
    'CALL_THROTTLED',
    `The adaptive breaker '${name}' lets only some calls through: others have been failing.`,
  )
}
