/**
 * Breaker: stops calling what does nothing but fail, as hystrix does, and tries again a little later.
 *
 *   call ─▶ circuit of its key: closed, or half-open with a probe left? ──no──▶ BREAKER_OPEN, at once
 *                                      └─yes─▶ call ─▶ its outcome is counted
 *
 * The drawing of the states stands in circuit.ts.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { checkNumber } from './bad-policy.ts'
import { type CommonBreakerOptions, checkCommonRules, ownKey } from './breaker-options.ts'
import { Circuit, type CircuitRules, type CircuitState } from './circuit.ts'
import { KeyedStates } from './keyed-states.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type CallScope, type Inside, NamedPolicy } from './policy.ts'
import { RefusedError } from './refused-error.ts'

export interface BreakerOptions extends CommonBreakerOptions {
  /** Calls in the window before the ratio means anything. Default 20. */
  minCalls?: number
  /** Share of failures that opens it, from 0 to 1. Default 0.5. */
  failureRatio?: number
  /** How long it stays open before the first probe. Default 1,000, so that a healed dependency is used again within 2 s. */
  openMs?: number
  /** Calls that try whether it works again; all must succeed. Default 3. */
  probes?: number
}

export type BreakerState = CircuitState | 'forced-open' | 'forced-closed'

export interface BreakerView {
  readonly key: string
  readonly state: BreakerState
  /** Calls of the window; none are counted while it is open. */
  readonly calls: number
  readonly failures: number
}

/** @throws ServiceError BAD_POLICY for options out of range. The policy throws BREAKER_OPEN. */
export function breaker(options: BreakerOptions = {}): Breaker {
  return new Breaker(options)
}

const news = { closed: 'closed', open: 'opened', 'half-open': 'half-opened' } as const

export class Breaker extends NamedPolicy {
  readonly #circuits: KeyedStates<Circuit>
  readonly #keyOf: (scope: CallScope) => string
  readonly #outcomeOf: (error: unknown) => Outcome
  readonly #clock: Clock
  readonly #forced = new Map<string, 'forced-open' | 'forced-closed'>()
  #forcedAll: 'forced-open' | 'forced-closed' | undefined

  /** Use `breaker()`. */
  constructor({
    name,
    minCalls = 20,
    failureRatio = 0.5,
    windowMs = 10_000,
    buckets = 10,
    openMs = 1_000,
    probes = 3,
    keyOf = ownKey,
    maxKeys = 1_000,
    outcomeOf: judge = outcomeOf,
    clock = systemClock,
  }: BreakerOptions) {
    const rules = { minCalls, failureRatio, windowMs, buckets, openMs, probes }
    checkRules(rules, maxKeys)
    super('breaker', name)
    this.#keyOf = keyOf
    this.#outcomeOf = judge
    this.#clock = clock
    this.#circuits = new KeyedStates({
      maxKeys,
      create: (key) => new Circuit(rules, (state) => this.tell(key, { kind: news[state] })),
      isIdle: (circuit) => circuit.state === 'closed',
    })
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const key = this.#keyOf(scope)
    const circuit = this.#circuits.get(key)
    this.#admit(key, circuit)
    const { era } = circuit
    try {
      const result = await inside(scope)
      circuit.succeeded(era, this.#clock.monotonic())
      return result
    } catch (error) {
      this.#count(circuit, era, error)
      throw error
    }
  }

  /** Of one key; of the calls without a key when none is given. */
  state(key: string = ''): BreakerState {
    return this.#forcedFor(key) ?? this.#circuits.peek(key)?.state ?? 'closed'
  }

  /** All keys that have been called of late. */
  states(): BreakerView[] {
    return Array.from(this.#circuits.entries(), ([key, { window }]) => {
      window.moveTo(this.#clock.monotonic())
      return { key, state: this.state(key), calls: window.good + window.bad, failures: window.bad }
    })
  }

  /** Refuses all calls, or those of one key, until `unforce()`: for an operator who knows better. */
  forceOpen(key?: string): void {
    this.#force('forced-open', key)
  }

  /** Lets all calls pass, whatever their outcomes. */
  forceClosed(key?: string): void {
    this.#force('forced-closed', key)
  }

  /** By its outcomes again: those that were counted meanwhile count. */
  unforce(key?: string): void {
    if (key === undefined) this.#forcedAll = undefined
    else this.#forced.delete(key)
  }

  #force(state: 'forced-open' | 'forced-closed', key: string | undefined): void {
    if (key === undefined) this.#forcedAll = state
    else this.#forced.set(key, state)
  }

  #forcedFor(key: string): 'forced-open' | 'forced-closed' | undefined {
    return this.#forced.size === 0 ? this.#forcedAll : (this.#forced.get(key) ?? this.#forcedAll)
  }

  #admit(key: string, circuit: Circuit): void {
    const forced = this.#forcedFor(key)
    if (forced === 'forced-closed' || (forced === undefined && circuit.state === 'closed')) return
    const nowMs = this.#clock.monotonic()
    if (forced === undefined && circuit.tryEnter(nowMs)) return
    const error = breakerOpenError(this.name, forced === undefined ? circuit.retryAfterMs(nowMs) : undefined)
    this.tell(key, { kind: 'refused', error })
    throw error
  }

  #count(circuit: Circuit, era: number, error: unknown): void {
    const outcome = this.#outcomeOf(error)
    if (outcome === 'failure') circuit.failed(era, this.#clock.monotonic())
    else if (outcome === 'success') circuit.succeeded(era, this.#clock.monotonic())
    else circuit.ignored(era)
  }
}

function checkRules(
  { minCalls, failureRatio, windowMs, buckets, openMs, probes }: CircuitRules,
  maxKeys: number,
): void {
  checkNumber('minCalls', minCalls, { min: 1, whole: true })
  checkNumber('failureRatio', failureRatio, { min: Number.MIN_VALUE, max: 1 })
  checkNumber('openMs', openMs, { min: 1 })
  checkNumber('probes', probes, { min: 1, whole: true })
  checkCommonRules({ windowMs, buckets, maxKeys })
}

function breakerOpenError(name: string, retryAfterMs: number | undefined): RefusedError {
  return new RefusedError('BREAKER_OPEN', `The breaker '${name}' is open: what it protects has been failing.`, {
    retryAfterMs,
  })
}
