/** requireToken: only for whoever has the admin token, compared in constant time. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Middleware } from '../../http/middleware.ts'

export interface TokenRule {
  /** Undefined where none is configured: then everybody is refused. */
  readonly token: string | undefined
  /** Then thrown; 403. */
  readonly disabled: () => ServiceError
}

/** @throws ServiceError `disabled` without a configured token, `UNAUTHENTICATED` (401) with a wrong one. */
export function requireToken({ token, disabled }: TokenRule): Middleware {
  return async function requireToken(c, next) {
    if (token === undefined) throw disabled()
    if (await isToken(presentedToken(c.raw.header('authorization')), token)) return next()
    c.header('www-authenticate', 'Bearer')
    throw new ServiceError('UNAUTHENTICATED', 'Send the admin token as `Authorization: Bearer …`.', { status: 401 })
  }
}

/** The bearer token of an `Authorization` header; empty if there is none. */
export function presentedToken(header = ''): string {
  const [, presented = ''] = /^bearer +(\S+)$/i.exec(header) ?? []
  return presented
}

/** Compares digests, in constant time, so that the comparison tells nothing about the token or its length. */
export async function isToken(presented: string, token: string): Promise<boolean> {
  const { createHash, timingSafeEqual } = await import('node:crypto')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(presented), digest(token))
}
