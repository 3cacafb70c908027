/**
 * Settlement: what a handler says of one message.
 *
 *   open ─ack()─▶ handled │ ─retry()─▶ failed, again after a delay │ ─reject()─▶ failed for good: dead letter
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface RetryRequest {
  /** Why, for the log and the dead letter. */
  readonly error?: unknown
  /** In place of the delay that the retry options give; in milliseconds. */
  readonly afterMs?: number
}

/** The first word counts; a later one throws `MESSAGE_SETTLED`. */
export interface Settling {
  /** Handled: the broker is told, and it does not come again. */
  ack(): void
  /** Not handled: again after a delay, at most as often as the retry options say; then a dead letter. */
  retry(request?: RetryRequest): void
  /** It can never be handled: a dead letter at once; where there are none, it is dropped, and the log says so. */
  reject(error?: unknown): void
}

const asked = { code: 'MESSAGE_RETRY' }
const rejected = { code: 'MESSAGE_REJECTED' }

/** A failed attempt that says when the next one is. */
export class RetryError extends ServiceError {
  readonly afterMs: number | undefined

  constructor({ error, afterMs }: RetryRequest) {
    super(asked.code, textOf(error, 'The handler asked for the message again.'), { status: 503, cause: error })
    this.afterMs = afterMs
  }
}

export class RejectedError extends ServiceError {
  constructor(error: unknown) {
    const message = textOf(error, 'The handler rejected the message.')
    super(rejected.code, message, { status: 422, retryable: false, cause: error })
  }
}

export class Settlement implements Settling {
  readonly #done = Promise.withResolvers<void>()
  #isOpen = true

  constructor() {
    // Whoever waits hears of it; where nobody does yet, it is no unhandled rejection.
    this.#done.promise.catch(() => undefined)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves for `ack`, rejects with why not. */
  get outcome(): Promise<void> {
    return this.#done.promise
  }

  ack(): void {
    this.#settle(this.#done.resolve)
  }

  retry(request: RetryRequest = {}): void {
    this.#settle(() => this.#done.reject(new RetryError(request)))
  }

  reject(error?: unknown): void {
    this.#settle(() => this.#done.reject(new RejectedError(error)))
  }

  /** What nobody said by now: handled, or not. */
  close(error?: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (error === undefined) this.#done.resolve()
    else this.#done.reject(error)
  }

  #settle(how: () => void): void {
    if (!this.#isOpen) {
      throw new ServiceError('MESSAGE_SETTLED', 'This attempt to handle the message has ended already.', {
        status: 409,
        retryable: false,
      })
    }
    this.#isOpen = false
    how()
  }
}

function textOf(error: unknown, otherwise: string): string {
  return error instanceof ServiceError ? error.message : otherwise
}
