/** Memory: locks between the tasks of this process. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import {
  type LockClaim,
  type LockGrant,
  type LockRefusal,
  type LockRequest,
  type LockStore,
  nextToken,
} from '../lock-store.ts'

export interface MemoryLockStoreOptions {
  clock?: Clock
}

export function memoryLockStore(options: MemoryLockStoreOptions = {}): LockStore {
  return new MemoryLockStore(options)
}

interface Holding {
  readonly owner: string
  readonly token: number
  untilMs: number
}

class MemoryLockStore implements LockStore {
  readonly #clock: Clock
  readonly #holdings = new Map<string, Holding>()
  /** One for all keys: no key's tokens need be remembered once it is free. */
  #lastToken = 0

  constructor({ clock = systemClock }: MemoryLockStoreOptions) {
    this.#clock = clock
  }

  async acquire({ key, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    const nowMs = this.#clock.monotonic()
    const present = this.#present(key)
    if (present !== undefined && present.owner !== owner) return { kind: 'held', heldForMs: present.untilMs - nowMs }
    if (present === undefined) this.#lastToken = nextToken(this.#lastToken, this.#clock.now())
    const token = present?.token ?? this.#lastToken
    this.#holdings.set(key, { owner, token, untilMs: nowMs + leaseMs })
    return { kind: 'granted', token }
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    const present = this.#present(key)
    if (present?.owner !== owner || present.token !== token) return false
    present.untilMs = this.#clock.monotonic() + leaseMs
    return true
  }

  async release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    const present = this.#present(key)
    if (present?.owner !== owner || present.token !== token) return false
    return this.#holdings.delete(key)
  }

  #present(key: string): Holding | undefined {
    const holding = this.#holdings.get(key)
    if (holding === undefined || holding.untilMs > this.#clock.monotonic()) return holding
    this.#holdings.delete(key)
    return undefined
  }
}
