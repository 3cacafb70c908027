/** Session tokens: 256 random bits that mean nothing by themselves. Whoever reads the database cannot sign in with it. */
import { createHash, randomBytes } from 'node:crypto'

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A plain hash is enough: unlike a password, a token cannot be guessed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** The token of `Authorization: Bearer TOKEN`; undefined for anything else. */
export function bearerToken(authorization: string): string | undefined {
  return authorization.match(/^Bearer ([A-Za-z0-9_-]{43})$/i)?.[1]
}
