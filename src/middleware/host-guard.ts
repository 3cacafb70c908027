/**
 * hostGuard: keeps pages of other sites away from a port that is meant for this machine or this network.
 *
 *   DNS rebinding: evil.example resolves to 127.0.0.1 ─▶ the browser asks us with `Host: evil.example`    ─▶ 403
 *   cross-site request: a page of evil.example asks us with `Origin: https://evil.example`                ─▶ 403
 *
 * An address in `Host` cannot be rebound, and neither can a name that nobody can register.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'

export interface HostGuardOptions {
  /** Further names by which the port may be called, without a port, such as `metrics.example.com`. Default none. */
  readonly names?: readonly string[]
  /**
   * Whether names of private networks are allowed: without a dot, or below `.svc`, `.cluster.local`, `.internal` and
   * `.consul`. Default false: `localhost` and addresses alone.
   */
  readonly privateNames?: boolean
}

/** Requests throw ServiceError `HOST_NOT_ALLOWED` or `ORIGIN_NOT_ALLOWED` (403). */
export function hostGuard({ names = [], privateNames = false }: HostGuardOptions = {}): Middleware {
  const allowed = new Set(names.map((name) => name.toLowerCase()))
  return function hostGuard(c, next) {
    checkHost(c, (name) => allowed.has(name) || isOwnName(name) || (privateNames && isPrivateName(name)))
    checkOrigin(c)
    return next()
  }
}

function checkHost(c: HttpContext, isAllowed: (name: string) => boolean): void {
  // The header itself: what proxies claim decides nothing here.
  const name = hostName(c.raw.header('host') ?? '')
  // Only HTTP/1.0 goes without one, which no browser speaks.
  if (name === '' || isAddress(name) || isAllowed(name)) return
  throw new ServiceError(
    'HOST_NOT_ALLOWED',
    'This port answers under an address, `localhost` or a name that was allowed; the Host header has another one.',
    { status: 403 },
  )
}

function checkOrigin(c: HttpContext): void {
  const origin = c.raw.header('origin')
  if (origin === undefined || origin === `${c.scheme}://${c.raw.header('host')}`) return
  throw new ServiceError('ORIGIN_NOT_ALLOWED', 'Pages of other origins may not call this port.', { status: 403 })
}

/** Without the port; an IPv6 address stands in brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase().replace(/\.$/, '')
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)
}

function isOwnName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}

/** RFC 6762 appendix G and RFC 9476 say `.internal`; Kubernetes and Consul have their own. */
function isPrivateName(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) || /\.(svc|cluster\.local|internal|consul)$/.test(name)
}
