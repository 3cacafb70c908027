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
 * What an observer does with the requests of one route. `Entered` is what it carries from the way in to the way out. Its
 * functions are called on their own, without `this`.
 */
export interface Observer<Entered = unknown> {
  /** May change the request's id and context, and add to the answer. What it throws passes outwards. */
  enter?(c: HttpContext): Entered
  /** The inside has answered; the answer may be changed. */
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
  const layer: Middleware = (c, next) => observed(prepareAny(c.route), next)({ c })
  return Object.assign(Object.defineProperty(layer, 'name', { value: name }), { prepare: prepareAny })
}

export function isObserver(layer: Middleware): layer is ObserverLayer {
  return 'prepare' in layer
}

type Answer = Reply | Promise<Reply>

/** `inside` under the eyes of the observer; `call` is whatever holds the context. */
export function observed<Call extends { readonly c: HttpContext }>(
  observer: Observer,
  inside: (call: Call) => Answer,
): (call: Call) => Answer {
  const { enter, leave, fail } = observer
  if (leave === undefined && fail === undefined) {
    return (call) => {
      enter?.(call.c)
      return inside(call)
    }
  }
  return (call) => {
    const { c } = call
    const entered = enter?.(c)
    let answer: Answer
    try {
      answer = inside(call)
    } catch (error) {
      if (fail === undefined) throw error
      return fail(c, error, entered)
    }
    if (answer instanceof Promise) return observedLater(observer, c, answer, entered)
    leave?.(c, answer, entered)
    return answer
  }
}

async function observedLater(
  { leave, fail }: Observer,
  c: HttpContext,
  pending: Promise<Reply>,
  entered: unknown,
): Promise<Reply> {
  let reply: Reply
  try {
    reply = await pending
  } catch (error) {
    if (fail === undefined) throw error
    return fail(c, error, entered)
  }
  leave?.(c, reply, entered)
  return reply
}
