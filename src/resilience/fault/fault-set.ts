/**
 * FaultSet: the faults of one moment. It never changes; a new one takes its place, so that whoever reads it sees all of a
 * change or nothing of it.
 *
 *   strike(set.requests, subject) ─▶ those that fit, and are chosen by chance ─▶ delays add up, the first end counts
 */
import { delayMsOf } from './delay.ts'
import { type Fault, type FaultEffect, type FaultSubject, type FaultTarget, fits } from './fault.ts'
import { seededRandom } from './seeded-random.ts'

/** A fault as the processes of a service tell one another: clocks differ, so that a duration is told and not a moment. */
export interface TimedFault {
  readonly id: string
  readonly fault: Fault
  readonly leftMs: number
}

/** What happens to one request or call. */
export interface Strike {
  readonly ids: readonly string[]
  readonly delayMs: number
  /** Instead of doing what was asked. */
  readonly end: Effect<'error' | 'abort'> | undefined
  /** With the answer, where there is one. */
  readonly body: Effect<'slow-body' | 'cut-body'> | undefined
}

type Effect<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>

export class ArmedFault {
  readonly id: string
  readonly effect: FaultEffect
  readonly target: FaultTarget
  readonly #share: number
  readonly #random: () => number

  constructor(id: string, { effect, target = {}, share = 1, seed }: Fault, random: () => number) {
    this.id = id
    this.effect = effect
    this.target = target
    this.#share = share
    this.#random = seed === undefined ? random : seededRandom(seed)
  }

  hits(subject: FaultSubject): boolean {
    return fits(this.target, subject) && (this.#share >= 1 || this.#random() < this.#share)
  }

  delayMs(): number {
    return this.effect.kind === 'latency' ? delayMsOf(this.effect.delay, this.#random) : 0
  }
}

export class FaultSet {
  static readonly none: FaultSet = new FaultSet([])
  readonly requests: readonly ArmedFault[]
  readonly calls: readonly ArmedFault[]
  /** All that the way of a request looks at while nothing is to go wrong. */
  readonly isEmpty: boolean

  constructor(armed: readonly ArmedFault[]) {
    this.requests = armed.filter(({ target: { side = 'requests' } }) => side === 'requests')
    this.calls = armed.filter(({ target: { side } }) => side === 'calls')
    this.isEmpty = armed.length === 0
  }
}

/** Undefined where nothing happens. */
export function strike(armed: readonly ArmedFault[], subject: FaultSubject): Strike | undefined {
  const hitting = armed.filter((fault) => fault.hits(subject))
  if (hitting.length === 0) return undefined
  const effects = hitting.map(({ effect }) => effect)
  return {
    ids: hitting.map(({ id }) => id),
    delayMs: hitting.reduce((sum, fault) => sum + fault.delayMs(), 0),
    end: effects.find((effect): effect is Effect<'error' | 'abort'> => ['error', 'abort'].includes(effect.kind)),
    body: effects.find((effect): effect is Effect<'slow-body' | 'cut-body'> => effect.kind.endsWith('-body')),
  }
}
