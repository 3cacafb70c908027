/**
 * Middleware: one layer of the onion around a handler.
 *
 *   const timed: Middleware = async (c, next) => {
 *     const startedMs = performance.now()
 *     await next()
 *     c.header('server-timing', `total;dur=${performance.now() - startedMs}`)
 *   }
 *
 * A layer answers by itself (`return c.json(…, 403)`), or calls `next()` once and may change the answer afterwards. What
 * the inside throws passes through the layers, as in any nest of calls, until one of them or the app answers it.
 */
import type { HttpContext } from './context.ts'
import type { Reply } from './reply.ts'
import type { Result } from './result.ts'
import type { RouteInfo } from './route.ts'

/** `Adds` is what the layer puts into `c.state` for those inside of it, such as `{ user: User }`. */
export interface Middleware<Adds extends object = object> {
  (c: HttpContext<Partial<Adds>>, next: Next): Result
  /** Only types: what `c.state` gains. */
  readonly adds?: Adds
}

/** A layer that a route is put together without where `isWanted` says no; asked once for each, when it is first used. */
export interface OptionalMiddleware extends Middleware {
  /** `undefined` stands for whatever no route answers. */
  readonly isWanted: (route: RouteInfo | undefined) => boolean
}

/** Makes a layer optional: where it is not wanted it costs a request nothing. */
export function optional(layer: Middleware, isWanted: OptionalMiddleware['isWanted']): OptionalMiddleware {
  return Object.assign(layer, { isWanted })
}

export function isOptional(layer: Middleware): layer is OptionalMiddleware {
  return 'isWanted' in layer
}

/** Goes inwards. It gives the answer from there, without a promise if everything inside was synchronous. */
export type Next = () => Reply | Promise<Reply>

/** The state that a list of middleware puts together. */
export type StateOf<M extends readonly Middleware[]> = M extends readonly [
  Middleware<infer First>,
  ...infer Rest extends readonly Middleware[],
]
  ? First & StateOf<Rest>
  : object

/**
 * Goes inwards and calls `done` with the answer: at once if the inside was synchronous, else when it has answered. It
 * keeps a synchronous request free of promises, which `async` with `await next()` does not.
 */
export function nextThen(next: Next, done: (reply: Reply) => void): Reply | Promise<Reply> {
  const reply = next()
  if (!(reply instanceof Promise)) {
    done(reply)
    return reply
  }
  return reply.then((settled) => {
    done(settled)
    return settled
  })
}
