/**
 * Who may look inside: whoever has the admin token and calls from an allowed network.
 *
 *   network ─no─▶ 403     token ─ none set ─▶ 403, missing or wrong ─▶ 401 (a browser asks for it)
 *
 * The token may also be the password of Basic authentication, with any name: that is what browsers and `go tool pprof
 * http://x:TOKEN@host/…` can send. Browsers send it by themselves then, so that pages of other sites are turned away.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Middleware } from '../../http/middleware.ts'
import { AddressBlocks } from '../../wire/address-blocks.ts'
import { isToken, presentedToken } from './require-token.ts'

export interface DebugAccessOptions {
  readonly token: string | undefined
  /** Addresses and CIDR blocks, `loopback`, `private`; undefined for any. */
  readonly networks: readonly string[] | undefined
}

/** @throws ServiceError `BAD_ADDRESS_BLOCK` */
export function debugAccess({ token, networks }: DebugAccessOptions): Middleware {
  const blocks = networks === undefined ? undefined : new AddressBlocks(networks)
  return async function debugAccess(c, next) {
    if (blocks?.includes(c.ip) === false || isForeignPage(c)) throw forbidden()
    if (token === undefined) throw profilesDisabled()
    if (await isToken(tokenOf(c), token)) return next()
    c.header('www-authenticate', 'Basic realm="debug", charset="UTF-8"')
    throw new ServiceError(
      'UNAUTHENTICATED',
      'Send the admin token as `Authorization: Bearer …`, or as the password of Basic authentication.',
      { status: 401 },
    )
  }
}

function tokenOf(c: HttpContext): string {
  const header = c.raw.header('authorization') ?? ''
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header) ?? []
  if (encoded === undefined) return presentedToken(header)
  // `name:password`; without a colon there is no password.
  return /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString())?.[1] ?? ''
}

/** What browsers say of a request that another site's page makes them send. */
function isForeignPage(c: HttpContext): boolean {
  const site = c.raw.header('sec-fetch-site')
  return site === 'cross-site' || site === 'same-site'
}

function forbidden(): ServiceError {
  return new ServiceError(
    'DEBUG_FORBIDDEN',
    '/debug is not for this address; PROFILES_NETWORKS names those that may.',
    {
      status: 403,
    },
  )
}

function profilesDisabled(): ServiceError {
  return new ServiceError('PROFILES_DISABLED', '/debug is refused until ADMIN_TOKEN is set.', { status: 403 })
}
