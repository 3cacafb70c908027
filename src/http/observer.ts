/**
 * Observer: a layer that watches a request come in and its answer go out, and never stands in its way.
 *
 *   enter ─▶ inside ──answers──▶ leave      in order on the way in, in reverse on the way out
 *               └─────throws───▶ fail       throws on, or answers
 *
 * Because it cannot refuse, call twice or forget to call, no `next` is made for it: it costs a synchronous request two
 * calls and no object. What depends on the route it looks up once, when the route is first used.
 */
import type { HttpContext } from './context.ts'
import type { Middleware } from './middleware.ts'
import type { Reply } from './reply.ts'
import type { RouteInfo } from './route.ts'

/**
 * What an observer does with the requests of one route. `Entered` is what it carries from the way in to the way out.
 *
 * Hundreds of routes have hundreds of observers. As instances of one class they share their code, and each route has one
 * small object; what does not depend on the route may be one observer for all of them.
 */
export interface Observer<Entered = unknown> {
  /** May change the request's id and context, and add to the answer. What it throws passes outwards. */
  enter?(c: HttpContext): Entered
  /** The inside has answered; the answer may be changed. What it throws is a failure for those around. */
  leave?(c: HttpContext, reply: Reply, entered: Entered): void
  /** The inside has thrown: throws, the same or something else, or answers. Without it the error passes through. */
  fail?(c: HttpContext, error: unknown, entered: Entered): Reply | Promise<Reply>
}

export interface ObserverLayer extends Middleware {
  /** Makes the observer for a route; `undefined` stands for whatever no route answers. Called once for each. */
  readonly prepare: (route: RouteInfo | undefined) => Observer
}

/** The layer of an observer; `name` is shown where layers are listed. */
export function observer<Entered>(
  name: string,
  prepare: (route: RouteInfo | undefined) => Observer<Entered>,
): ObserverLayer {
  const prepareAny = prepare as (route: RouteInfo | undefined) => Observer
  // For who calls the layer by hand: an app asks it to prepare and runs what that gives.
  const layer: Middleware = (c, next) => observed([prepareAny(c.route)], next)({ c })
  return Object.assign(Object.defineProperty(layer, 'name', { value: name }), { prepare: prepareAny })
}

export function isObserver(layer: Middleware): layer is ObserverLayer {
  return 'prepare' in layer
}

type Answer = Reply | Promise<Reply>

export const maxObservers = 31

/**
 * `inside` under the eyes of observers, the first one outermost; `call` is whatever holds the context.
 *
 * All that stand next to one another share a frame, so that an asynchronous request is awaited once for all of them. A
 * frame takes `maxObservers` of them, for whose roles it has bits.
 */
export function observed<Call extends { readonly c: HttpContext }>(
  observers: readonly Observer[],
  inside: (call: Call) => Answer,
): (call: Call) => Answer {
  const count = observers.length
  const { enters, leaves } = rolesOf(observers)
  return (call) => {
    const { c } = call
    const entered = new Array<unknown>(count)
    // How many are to be told of the end: it grows on the way in and shrinks on the way out.
    let waiting = 0
    let answer: Answer
    try {
      for (; waiting < count; waiting++) {
        if (((enters >> waiting) & 1) === 1) entered[waiting] = (observers[waiting] as Entering).enter(c)
      }
      answer = inside(call)
      if (!(answer instanceof Promise)) {
        while (waiting > 0) {
          waiting--
          if (((leaves >> waiting) & 1) === 1) (observers[waiting] as Leaving).leave(c, answer, entered[waiting])
        }
        return answer
      }
    } catch (error) {
      return fail(new Outwards(observers, c, entered), waiting, error)
    }
    return settleLater(new Outwards(observers, c, entered), count, answer)
  }
}

type Entering = Required<Pick<Observer, 'enter'>>
type Leaving = Required<Pick<Observer, 'leave'>>

/** Who is told of what, a bit for each: those that are not need not even be looked at. */
function rolesOf(observers: readonly Observer[]): { enters: number; leaves: number } {
  let enters = 0
  let leaves = 0
  for (const [place, { enter, leave }] of observers.entries()) {
    if (enter !== undefined) enters |= 1 << place
    if (leave !== undefined) leaves |= 1 << place
  }
  return { enters, leaves }
}

/** The way out of a request that is not over at once, or not well. */
class Outwards {
  readonly observers: readonly Observer[]
  readonly c: HttpContext
  readonly entered: readonly unknown[]

  constructor(observers: readonly Observer[], c: HttpContext, entered: readonly unknown[]) {
    this.observers = observers
    this.c = c
    this.entered = entered
  }
}

/** `waiting` counts the observers that are still to be told, from the outermost on. */
function leave(outwards: Outwards, waiting: number, reply: Reply): Answer {
  const { observers, c, entered } = outwards
  let at = waiting
  try {
    while (at > 0) observers[--at]?.leave?.(c, reply, entered[at])
  } catch (error) {
    return fail(outwards, at, error)
  }
  return reply
}

function fail(outwards: Outwards, waiting: number, thrown: unknown): Answer {
  const { observers, c, entered } = outwards
  let error = thrown
  for (let i = waiting - 1; i >= 0; i--) {
    const observer = observers[i]
    if (observer?.fail === undefined) continue
    let answer: Answer
    try {
      answer = observer.fail(c, error, entered[i])
    } catch (next) {
      error = next
      continue
    }
    return answer instanceof Promise ? settleLater(outwards, i, answer) : leave(outwards, i, answer)
  }
  throw error
}

async function settleLater(outwards: Outwards, waiting: number, pending: Promise<Reply>): Promise<Reply> {
  let reply: Reply
  try {
    reply = await pending
  } catch (error) {
    return fail(outwards, waiting, error)
  }
  return leave(outwards, waiting, reply)
}
