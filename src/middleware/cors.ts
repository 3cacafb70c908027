/**
 * cors: which pages of other origins may call (the Fetch standard, section 3.2).
 *
 *   preflight (OPTIONS with Access-Control-Request-Method) ─▶ answered here, 204
 *   any other request                                      ─▶ goes on; the answer gets its headers
 *
 * A page's origin is never reflected unless it is on the list: `*` with credentials would let every site act as the user.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import { type Middleware, nextThen } from '../http/middleware.ts'
import type { Reply } from '../http/reply.ts'

export interface CorsOptions {
  /** Origins that may call, such as `https://shop.example`; `'*'` for every one, without credentials. */
  origins: readonly string[] | '*' | ((origin: string) => boolean)
  /** Default GET, HEAD, POST, PUT, PATCH, DELETE. */
  methods?: readonly string[]
  /** Headers that pages may send; default those that the preflight asks for. */
  allowHeaders?: readonly string[]
  /** Headers of the answer that pages may read; default none beyond the safe ones. */
  exposeHeaders?: readonly string[]
  /** Whether cookies and HTTP authentication are sent along; default false. */
  credentials?: boolean
  /** How long browsers may keep a preflight's answer, in seconds; default 600. */
  maxAgeSeconds?: number
}

const defaultMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** @throws ServiceError `BAD_CORS` for `'*'` together with credentials. */
export function cors({
  origins,
  methods = defaultMethods,
  allowHeaders,
  exposeHeaders = [],
  credentials = false,
  maxAgeSeconds = 600,
}: CorsOptions): Middleware {
  if (origins === '*' && credentials) {
    throw new ServiceError(
      'BAD_CORS',
      "cors() was given origins '*' with credentials; list the origins that may act as the user.",
    )
  }
  const isAllowed = originCheck(origins)

  function allow(c: HttpContext, origin: string): void {
    c.header('access-control-allow-origin', origins === '*' ? '*' : origin)
    if (credentials) c.header('access-control-allow-credentials', 'true')
  }

  function answerPreflight(c: HttpContext): Reply {
    c.header('access-control-allow-methods', methods.join(', '))
    c.header('access-control-max-age', String(maxAgeSeconds))
    const asked = allowHeaders?.join(', ') ?? c.raw.header('access-control-request-headers')
    if (asked !== undefined) c.header('access-control-allow-headers', asked)
    return c.noContent()
  }

  return function cors(c, next) {
    const origin = c.raw.header('origin')
    if (origin === undefined || !isAllowed(origin)) return nextThen(next, varyByOrigin)
    allow(c, origin)
    const isPreflight = c.method === 'OPTIONS' && c.raw.header('access-control-request-method') !== undefined
    if (isPreflight) {
      const reply = answerPreflight(c)
      varyByOrigin(reply)
      return reply
    }
    if (exposeHeaders.length > 0) c.header('access-control-expose-headers', exposeHeaders.join(', '))
    return nextThen(next, varyByOrigin)
  }

  /** Caches must not give one origin's answer to another; with `*` all answers are alike. */
  function varyByOrigin({ headers }: Reply): void {
    if (origins === '*') return
    const vary = headers.get('vary')
    if (vary === undefined) headers.set('vary', 'origin')
    else if (!/(^|,)\s*(\*|origin)\s*(,|$)/i.test(vary)) headers.set('vary', `${vary}, origin`)
  }
}

function originCheck(origins: CorsOptions['origins']): (origin: string) => boolean {
  if (origins === '*') return () => true
  if (typeof origins === 'function') return origins
  const listed = new Set(origins)
  return (origin) => listed.has(origin)
}
