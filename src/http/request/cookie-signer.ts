/**
 * CookieSigner: cookies that the service can tell from changed ones.
 *
 *   value.signature      signature = base64url(HMAC-SHA256(key, name=value)), 43 characters
 *
 * The first key signs; all of them are accepted, so that a key is replaced by putting the new one in front and dropping
 * the old one when its cookies have expired. The name is signed too: a value cannot be moved to another cookie.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { builtinModule } from '../../platform/builtin-module.ts'
import type { Settings } from '../internal/settings.ts'

/** NIST SP 800-107: a key shorter than the hash is the weakest part of an HMAC. */
const minKeyBytes = 32
const signatureLength = 43

export class CookieSigner {
  readonly #keys: readonly string[]

  /** @throws ServiceError `COOKIE_KEY_TOO_SHORT` for a key under 32 bytes. */
  constructor(keys: readonly string[]) {
    for (const key of keys) {
      const bytes = Buffer.byteLength(key)
      if (bytes >= minKeyBytes) continue
      throw new ServiceError(
        'COOKIE_KEY_TOO_SHORT',
        `A key for signed cookies has ${bytes} bytes; give it at least ${minKeyBytes} random ones.`,
      )
    }
    this.#keys = keys
  }

  sign(name: string, value: string): string {
    return `${value}.${signature(this.#keys[0] as string, name, value)}`
  }

  /** The value that was signed under this name, or undefined if no key fits. */
  verify(name: string, signed: string): string | undefined {
    const dot = signed.length - signatureLength - 1
    if (dot < 0 || signed[dot] !== '.') return undefined
    const value = signed.slice(0, dot)
    const given = Buffer.from(signed.slice(dot + 1))
    if (given.length !== signatureLength) return undefined
    const { timingSafeEqual } = builtinModule('node:crypto')
    const fits = this.#keys.some((key) => timingSafeEqual(given, Buffer.from(signature(key, name, value))))
    return fits ? value : undefined
  }
}

/** @throws ServiceError `COOKIE_KEYS_MISSING` if the app was given no keys. */
export function cookieSigner({ cookies }: Pick<Settings, 'cookies'>): CookieSigner {
  if (cookies !== undefined) return cookies
  throw new ServiceError('COOKIE_KEYS_MISSING', 'Signed cookies need a key: createApp({ cookieKeys: [key] }).')
}

function signature(key: string, name: string, value: string): string {
  return builtinModule('node:crypto').createHmac('sha256', key).update(`${name}=${value}`).digest('base64url')
}
