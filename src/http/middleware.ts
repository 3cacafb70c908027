/**
 * Middleware: one layer of the onion around a handler.
 *
 *   const timed: Middleware = async (c, next) => {
 *     const startedMs = performance.now()
 *     await next()
 *     c.header('server-timing', `total;dur=${performance.now() - startedMs}`)
 *   }
 *
 * What it returns becomes the answer, if it returns one; else the answer from inside stands.
 */
import type { HttpContext } from './context.ts'
import type { Result } from './result.ts'

/** `Adds` is what the layer puts into `c.state` for those inside of it, such as `{ user: User }`. */
export interface Middleware<Adds extends object = object> {
  (c: HttpContext, next: () => Result): Result
  /** Only types: what `c.state` gains. */
  readonly adds?: Adds
}

/** The state that a list of middleware puts together. */
export type StateOf<M extends readonly Middleware[]> = M extends readonly [
  Middleware<infer First>,
  ...infer Rest extends readonly Middleware[],
]
  ? First & StateOf<Rest>
  : object
