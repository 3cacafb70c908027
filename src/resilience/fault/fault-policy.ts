/**
 * Fault policy: what injected faults do to calls. Innermost, so that the policies around it see them as they would see real ones.
 *
 *   call ─▶ faults for calls? ──none──▶ call
 *              └─▶ those that fit: sleep(delay) ─▶ error, or abort ──▶ thrown
 *                                              └─ neither ─▶ call
 */
import { sleep } from '../../concurrency/sleep.ts'
import { type Context, currentContext } from '../../foundation/context/context.ts'
import { type CallScope, type Inside, NamedPolicy } from '../policy.ts'
import type { FaultSubject } from './fault.ts'
import { faultError } from './fault-error.ts'
import type { Strike } from './fault-set.ts'
import type { Faults } from './faults.ts'
import { faultsForCalls, hasFaultyCalls } from './faulty-calls.ts'

export interface FaultPolicyOptions {
  /** Default: those of the running request's service, else of the service that runs in this process. */
  readonly faults?: Faults
  /** What the faults' targets are compared with. Default: the key of the call is the upstream. */
  readonly subjectOf?: (scope: CallScope) => Omit<FaultSubject, 'side'>
  readonly name?: string
}

/** The policy throws what faults say: an error with their code, or FAULT_ABORTED (503). */
export function faultPolicy(options: FaultPolicyOptions = {}): FaultPolicy {
  return new FaultPolicy(options)
}

export class FaultPolicy extends NamedPolicy {
  readonly #faults: Faults | undefined
  readonly #subjectOf: (scope: CallScope) => Omit<FaultSubject, 'side'>

  /** Use `faultPolicy()`. */
  constructor({ faults, subjectOf = byKey, name }: FaultPolicyOptions) {
    super('fault', name)
    this.#faults = faults
    this.#subjectOf = subjectOf
  }

  run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    if (!hasFaultyCalls()) return inside(scope)
    const blow = strikeCall(this.#subjectOf(scope), this.#faults)
    return blow === undefined ? inside(scope) : suffer(blow, scope.context).then(() => inside(scope))
  }
}

/** What happens to a call; undefined for nothing. */
export function strikeCall(subject: Omit<FaultSubject, 'side'>, given?: Faults): Strike | undefined {
  const faults = given ?? faultsForCalls(currentContext())
  return faults?.strike({ ...subject, side: 'calls' })
}

/** @throws what the fault says, or the context's reason if its time is over meanwhile. */
export async function suffer(blow: Strike, context: Context): Promise<void> {
  if (blow.delayMs > 0) await sleep(blow.delayMs, context)
  if (blow.end !== undefined) throw faultError(blow)
}

function byKey({ key }: CallScope): Omit<FaultSubject, 'side'> {
  return { upstream: key }
}
