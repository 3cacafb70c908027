/** What is written in this process. */
import type { FenceClaim } from '../fence.ts'
import { staleToken } from '../lock-errors.ts'

export class MemoryFence {
  readonly #highest = new Map<string, number>()

  /** @throws ServiceError `STALE_TOKEN`. */
  check({ resource, token }: FenceClaim): void {
    if (token < (this.#highest.get(resource) ?? 0)) throw staleToken(resource, token)
    this.#highest.set(resource, token)
  }
}
