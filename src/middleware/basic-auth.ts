/** basicAuth: a name and a password with each request (RFC 7617). For tools and admin pages; use it on https only. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Middleware } from '../http/middleware.ts'

export interface BasicAuthOptions {
  /** Whether name and password belong together. Compare digests in constant time: `timingSafeEqual` of node:crypto. */
  verify: (name: string, password: string) => boolean | Promise<boolean>
  /** What the browser's dialogue names; default `restricted`. */
  realm?: string
}

/** What `c.state` gains. */
export interface BasicIdentity {
  readonly userName: string
}

interface Credentials {
  readonly name: string
  readonly password: string
}

/** Answers 401 with a challenge to whom `verify` does not know. @throws ServiceError `UNAUTHENTICATED` (401) */
export function basicAuth({ verify, realm = 'restricted' }: BasicAuthOptions): Middleware<BasicIdentity> {
  const challenge = `Basic realm="${realm.replaceAll(/["\\]/g, '')}", charset="UTF-8"`
  return async function basicAuth(c, next) {
    const credentials = parseBasic(c.raw.header('authorization'))
    if (credentials === undefined || !(await verify(credentials.name, credentials.password))) {
      c.header('www-authenticate', challenge)
      throw new ServiceError('UNAUTHENTICATED', 'Send a name and password that this service knows (RFC 7617).', {
        status: 401,
      })
    }
    Object.assign(c.state, { userName: credentials.name })
    return next()
  }
}

/** RFC 7617 section 2: base64 of `name:password`; the name has no colon, the password may. */
export function parseBasic(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
