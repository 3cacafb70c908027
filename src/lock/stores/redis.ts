/**
 * Redis: locks between machines, by one Redis and its clock. Each step is one script.
 *
 * What it can promise: while the server runs, one holder at a time. A server that restarts without its data, or a replica that takes
 * over before it knew of a lock, gives the lock to another while the first one still holds its lease. Tokens grow even then, as long as
 * the clocks of the servers agree better than the outage was long: they are never less than the server's time.
 */
import { acquireLease, releaseLease, renewLease } from '../../redis/lease-scripts.ts'
import type { RedisLike, RedisReply } from '../../redis/redis-like.ts'
import type { RedisScript } from '../../redis/redis-script.ts'
import type { LockClaim, LockGrant, LockRefusal, LockRequest, LockStore } from '../lock-store.ts'

export interface RedisLockStoreOptions {
  redis: RedisLike
  /** Of its keys in Redis; default `lock:`. */
  prefix?: string
}

/** Its methods throw what the connection throws. */
export function redisLockStore(options: RedisLockStoreOptions): LockStore {
  return new RedisLockStore(options)
}

/** The last token is kept for a week; after that the server's time is far ahead of it. */
const acquire: RedisScript = acquireLease({
  read: "redis.call('GET', KEYS[2])",
  keep: "redis.call('SET', KEYS[2], token, 'EX', 604800)",
})

class RedisLockStore implements LockStore {
  readonly #redis: RedisLike
  readonly #prefix: string

  constructor({ redis, prefix = 'lock:' }: RedisLockStoreOptions) {
    this.#redis = redis
    this.#prefix = prefix
  }

  async acquire({ key, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    const keys = [this.#key(key), `${this.#key(key)}:token`]
    const [granted, answer] = (await this.#redis.run(acquire, {
      keys,
      args: [owner, Math.ceil(leaseMs)],
    })) as RedisReply[]
    return granted === 1 ? { kind: 'granted', token: Number(answer) } : { kind: 'held', heldForMs: Number(answer) }
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    const args = [owner, token, Math.ceil(leaseMs)]
    return (await this.#redis.run(renewLease, { keys: [this.#key(key)], args })) === 1
  }

  async release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return (await this.#redis.run(releaseLease, { keys: [this.#key(key)], args: [owner, token] })) === 1
  }

  /** The braces keep lock and token in one slot of a cluster; around the prefix, too, since empty ones would not count. */
  #key(key: string): string {
    return `{${this.#prefix}${key}}`
  }
}
