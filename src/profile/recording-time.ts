/** How long something is recorded, and that only one recording of a kind goes on at a time. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface RecordingOptions {
  /** Above 0 and at most 120; default 10. */
  readonly seconds?: number
  /** Ends it early; what was seen until then counts. */
  readonly signal?: AbortSignal
}

export const maxProfileSeconds = 120

/** Lets one recording through, and refuses another one until it has ended. */
export class RecordingSlot {
  #isTaken = false

  /** @throws ServiceError `BAD_PROFILE` (400) for seconds out of bounds, `PROFILE_BUSY` (409) while it is taken. */
  async record<T>(
    { seconds = 10, signal }: RecordingOptions,
    record: (sleep: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    if (!(seconds > 0 && seconds <= maxProfileSeconds)) throw badSeconds(seconds)
    if (this.#isTaken) throw busy()
    this.#isTaken = true
    try {
      return await record(() => sleep(seconds * 1_000, signal))
    } finally {
      this.#isTaken = false
    }
  }
}

/** CPU profiles and what is made of them share the one profiler of the thread. */
export const cpuSlot: RecordingSlot = new RecordingSlot()

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal?.aborted) return Promise.resolve()
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener('abort', () => resolve(), { once: true })
  return promise.finally(() => clearTimeout(timer))
}

function badSeconds(seconds: number): ServiceError {
  return new ServiceError(
    'BAD_PROFILE',
    `seconds: expected a number above 0 and at most ${maxProfileSeconds}, got ${seconds}.`,
    { status: 400 },
  )
}

function busy(): ServiceError {
  return new ServiceError('PROFILE_BUSY', 'A profile is being recorded; one at a time. Try again when it has ended.', {
    status: 409,
  })
}
