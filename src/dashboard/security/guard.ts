/** Guards: the layers in front of the API, for visitors, and in front of the receiver, for services. */
import type { HttpContext } from '../../http/context.ts'
import type { Middleware } from '../../http/middleware.ts'
import { type Access, unauthenticated } from './access.ts'

export interface GuardOptions {
  readonly access: Access
  readonly cookieName: string
}

/** By cookie or bearer token. Requests throw ServiceError `UNAUTHENTICATED` (401). */
export function visitorsOnly({ access, cookieName }: GuardOptions): Middleware {
  return function visitorsOnly(c, next) {
    if (access.isSession(c.raw.cookie(cookieName) ?? '') || access.isToken(bearerOf(c))) return next()
    throw unauthenticated()
  }
}

/** Services on this machine may send without a token; a dashboard that listens to a network asks for it. */
export function sendersOnly(access: Access | undefined): Middleware {
  return function sendersOnly(c, next) {
    if (access === undefined || access.isToken(bearerOf(c))) return next()
    throw unauthenticated()
  }
}

function bearerOf(c: HttpContext): string {
  return /^bearer +(\S{1,200})$/i.exec(c.raw.header('authorization') ?? '')?.[1] ?? ''
}
