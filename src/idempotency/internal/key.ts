/** What a request is known again by: its key, its caller, and a digest of what it asks for. */
import { createHash } from 'node:crypto'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'

/** Long enough for every generator of keys, short enough that nobody stores documents in them. */
const longest = 255

/**
 * The key of the header: as draft-ietf-httpapi-idempotency-key-header has it, a string in quotes (RFC 8941), or bare, as most clients send it.
 *
 * @throws ServiceError `BAD_IDEMPOTENCY_KEY` (400)
 */
export function parseKey(field: string): string {
  const text = field.trim()
  const key = /^"(?<quoted>(?:[^"\\]|\\["\\])*)"$/.exec(text)?.groups?.quoted?.replaceAll(/\\(.)/g, '$1') ?? text
  if (key.length >= 1 && key.length <= longest && /^[\x21-\x7e]+$/.test(key)) return key
  throw new ServiceError(
    'BAD_IDEMPOTENCY_KEY',
    `Idempotency-Key is 1 to ${longest} visible ASCII characters, such as a UUID; ${key.length} came.`,
    { status: 400 },
  )
}

/** One name for a key of one caller: that of another one is another name. */
export function nameOf(caller: string, key: string): string {
  return digest(`${caller}\n${key}`)
}

/** Of method, target and body: the same key for something else is a mistake of the client. */
export async function fingerprintOf({ method, raw }: HttpContext): Promise<string> {
  const bytes = await raw.bytes()
  return createHash('sha256').update(`${method} ${raw.target}\n`).update(bytes).digest('hex')
}

/**
 * Tenant and credentials. Of a JSON Web Token those are its issuer and subject: a client that fetches a new token between two attempts is the
 * same caller. They are believed as they stand, so the layer stands behind the one that checks the token.
 */
export function callerOf({ tenant, raw }: HttpContext): string {
  return `${tenant ?? ''}\n${principalOf(raw.header('authorization') ?? '')}`
}

function principalOf(authorization: string): string {
  const [, payload] = /^bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization) ?? []
  return (payload === undefined ? undefined : subjectOf(payload)) ?? digest(authorization)
}

function subjectOf(payload: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (typeof claims !== 'object' || claims === null || !('sub' in claims)) return undefined
    return JSON.stringify(['jwt', 'iss' in claims ? claims.iss : null, claims.sub])
  } catch {
    return undefined
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
