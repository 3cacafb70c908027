/** bodyLimit: another limit for the bodies of some routes; a single route has `maxBodyBytes` in its spec. */
import type { Middleware } from '../http/middleware.ts'

/** @param maxBytes Largest body in bytes after decoding; beyond it reading fails with `BODY_TOO_LARGE` (413). */
export function bodyLimit(maxBytes: number): Middleware {
  return function bodyLimit(c, next) {
    c.raw.limit(maxBytes)
    return next()
  }
}
