/** timeout: a handler that takes too long is answered for with 504, and its context ends there. */
import type { Middleware } from '../http/middleware.ts'

/** @param timeoutMs Time for everything inside, in milliseconds; a nearer deadline of the request stays. */
export function timeout(timeoutMs: number): Middleware {
  return function timeout(c, next) {
    return c.deadline(timeoutMs, next)
  }
}
