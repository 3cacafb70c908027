/**
 * Circuit: the state machine of one breaker for one key.
 *
 *              enough calls, too many failed                openMs later
 *   closed ─────────────────────────────▶ open ─────────────────────────▶ half-open
 *     ▲                                     ▲                                 │
 *     │                                     └────────── a probe fails ────────┤
 *     └──────────────────── all probes succeed ──────────────────────────────┘
 *
 * Half-open admits `probes` calls and refuses the rest. A probe that never ends cannot hold the circuit: after a further
 * openMs there are new ones. Outcomes of calls that began in an earlier state are not counted.
 */
import { RollingWindow } from './rolling-window.ts'

export type CircuitState = 'closed' | 'open' | 'half-open'

export interface CircuitRules {
  readonly windowMs: number
  readonly buckets: number
  readonly minCalls: number
  readonly failureRatio: number
  readonly openMs: number
  readonly probes: number
}

export class Circuit {
  readonly window: RollingWindow
  readonly #rules: CircuitRules
  readonly #changed: (state: CircuitState) => void
  #state: CircuitState = 'closed'
  /** When it opened, or became half-open, or was given new probes. */
  #sinceMs = 0
  #probesLeft = 0
  #probesGood = 0
  #era = 0

  constructor(rules: CircuitRules, changed: (state: CircuitState) => void) {
    this.#rules = rules
    this.#changed = changed
    this.window = new RollingWindow(rules)
  }

  get state(): CircuitState {
    return this.#state
  }

  /** Counts up with every change of state: an outcome is told together with the era in which its call began. */
  get era(): number {
    return this.#era
  }

  /** Whether a call may be made now. */
  tryEnter(nowMs: number): boolean {
    if (this.#state === 'closed') return true
    if (nowMs - this.#sinceMs >= this.#rules.openMs) this.#giveProbes(nowMs)
    if (this.#state === 'open' || this.#probesLeft === 0) return false
    this.#probesLeft--
    return true
  }

  /** Until somebody may try again. */
  retryAfterMs(nowMs: number): number {
    return Math.max(0, this.#sinceMs + this.#rules.openMs - nowMs)
  }

  succeeded(era: number, nowMs: number): void {
    if (era !== this.#era) return
    if (this.#state === 'closed') this.window.addGood(nowMs)
    if (this.#state === 'half-open' && ++this.#probesGood >= this.#rules.probes) {
      this.window.clear()
      this.#enter('closed', nowMs)
    }
  }

  failed(era: number, nowMs: number): void {
    if (era !== this.#era) return
    if (this.#state === 'closed') this.window.addBad(nowMs)
    if (this.#state === 'half-open' || (this.#state === 'closed' && this.#isTripped())) this.#enter('open', nowMs)
  }

  /** The probe says nothing: another call may take its place. */
  ignored(era: number): void {
    if (era === this.#era && this.#state === 'half-open') this.#probesLeft++
  }

  #isTripped(): boolean {
    const { good, bad } = this.window
    return good + bad >= this.#rules.minCalls && bad >= this.#rules.failureRatio * (good + bad)
  }

  #giveProbes(nowMs: number): void {
    if (this.#state === 'open') this.#enter('half-open', nowMs)
    this.#sinceMs = nowMs
    this.#probesLeft = this.#rules.probes
    this.#probesGood = 0
  }

  #enter(state: CircuitState, nowMs: number): void {
    this.#state = state
    this.#sinceMs = nowMs
    this.#era++
    this.#changed(state)
  }
}
