/**
 * Access: who may ask. Whoever has the token gets a cookie for it, and needs the token no more.
 *
 *   token ─▶ openSession ─▶ cookie `END.SIGNATURE`, signed with the token: it holds across a restart, and ends with the token
 *
 * Everything is compared in constant time, and guessing is slowed down.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'

export interface AccessOptions {
  readonly token: string
  readonly clock: Clock
}

export const sessionMs: number = 12 * 3_600_000
const minTokenLength = 16
const maxFailures = 20
const failureWindowMs = 60_000

export class Access {
  /** Cookies know no ports: two dashboards on one machine must not take each other's. */
  readonly cookieName: string
  readonly #token: Buffer
  readonly #key: Buffer
  readonly #clock: Clock
  #failures: number[] = []

  /** @throws ServiceError `WEAK_TOKEN` */
  constructor({ token, clock }: AccessOptions) {
    if (token.length < minTokenLength) {
      throw new ServiceError(
        'WEAK_TOKEN',
        `The dashboard's token has ${token.length} characters; give it ${minTokenLength} or more, which nobody can guess.`,
      )
    }
    this.#token = digest(token)
    this.cookieName = `genever-dashboard-${digest(`name of ${token}`).toString('hex').slice(0, 8)}`
    this.#key = digest(`session of ${token}`)
    this.#clock = clock
  }

  isToken(presented: string): boolean {
    return timingSafeEqual(digest(presented), this.#token)
  }

  /** The value of the cookie. @throws ServiceError `UNAUTHENTICATED` (401), `TOO_MANY_ATTEMPTS` (429). */
  openSession(presented: string): string {
    const nowMs = this.#clock.monotonic()
    this.#failures = this.#failures.filter((atMs) => nowMs - atMs < failureWindowMs)
    if (this.#failures.length >= maxFailures) {
      throw new ServiceError('TOO_MANY_ATTEMPTS', 'Too many wrong tokens; wait a minute.', { status: 429 })
    }
    if (!this.isToken(presented)) {
      this.#failures.push(nowMs)
      throw unauthenticated()
    }
    const endMs = this.#clock.now() + sessionMs
    return `${endMs}.${this.#sign(endMs)}`
  }

  isSession(cookie: string): boolean {
    const [, end = '', signature = ''] = /^(\d{1,16})\.([0-9a-f]{64})$/.exec(cookie) ?? []
    const expected = this.#sign(Number(end))
    return timingSafeEqual(digest(signature), digest(expected)) && Number(end) > this.#clock.now()
  }

  #sign(endMs: number): string {
    return createHmac('sha256', this.#key).update(String(endMs)).digest('hex')
  }
}

export function unauthenticated(): ServiceError {
  return new ServiceError(
    'UNAUTHENTICATED',
    'Open the link that the dashboard printed at its start, or send its token as `Authorization: Bearer …`.',
    { status: 401 },
  )
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
