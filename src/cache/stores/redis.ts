/** Redis: values that all processes share, and claims, so that of all of them one loads. */
import type { RedisLike, RedisReply } from '../../redis/redis-like.ts'
import { type RedisScript, redisScript } from '../../redis/redis-script.ts'
import type { CacheClaim, CacheClaimOptions, CacheEntry, CacheSetOptions, CacheStore } from '../cache-store.ts'
import { entryText, parseEntry } from '../internal/entry-text.ts'

export interface RedisCacheStoreOptions {
  redis: RedisLike
  /** Of its keys in Redis; default `cache:`. */
  prefix?: string
  /** Longest wait for Redis before a request goes on without it; default 250. */
  timeoutMs?: number
}

/** Its methods throw what the connection throws. */
export function redisCacheStore(options: RedisCacheStoreOptions): CacheStore {
  return new RedisCacheStore(options)
}

/** Fresh: the entry. Else 1 for a claim that is the caller's, 0 for one that is another's. */
const claimScript: RedisScript = redisScript(`
  local entry = redis.call('GET', KEYS[1])
  local fresh = entry and tonumber(string.match(entry, '^%d+'))
  if fresh and fresh > tonumber(ARGV[3]) then return entry end
  if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  return 0
`)

const setScript: RedisScript = redisScript(`
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[2])
  if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
  return 1
`)

class RedisCacheStore implements CacheStore {
  readonly #redis: RedisLike
  readonly #prefix: string
  readonly #options: { readonly timeoutMs: number }

  constructor({ redis, prefix = 'cache:', timeoutMs = 250 }: RedisCacheStoreOptions) {
    this.#redis = redis
    this.#prefix = prefix
    this.#options = { timeoutMs }
  }

  get(key: string): Promise<CacheEntry | undefined> {
    return this.#redis.send(['GET', this.#key(key)], this.#options).then(entryFrom)
  }

  async set(key: string, entry: CacheEntry | undefined, { keepMs, claim }: CacheSetOptions): Promise<boolean> {
    const name = this.#key(key)
    const text = entry === undefined ? '' : entryText(entry)
    const px = Math.max(1, Math.ceil(keepMs))
    if (claim === undefined) {
      if (entry === undefined) return true
      await this.#redis.send(['SET', name, text, 'PX', px], this.#options)
      return true
    }
    return (await this.#run(setScript, name, [claim, text, px])) === 1
  }

  async claim(key: string, { forMs, nowMs, steals = false }: CacheClaimOptions): Promise<CacheClaim> {
    const name = this.#key(key)
    const claim = crypto.randomUUID()
    const px = Math.max(1, Math.ceil(forMs))
    if (steals) {
      await this.#redis.send(['SET', claimKey(name), claim, 'PX', px], this.#options)
      return { kind: 'mine', claim }
    }
    const answer = await this.#run(claimScript, name, [claim, px, Math.round(nowMs)])
    if (answer === 1) return { kind: 'mine', claim }
    const entry = typeof answer === 'string' ? parseEntry(answer) : undefined
    if (entry !== undefined) return { kind: 'fresh', entry }
    // What another program has put there and called fresh is no entry: it is written over.
    return answer === 0 ? { kind: 'busy' } : this.claim(key, { forMs, nowMs, steals: true })
  }

  async delete(keys: readonly string[]): Promise<void> {
    const commands = keys.map((key) => {
      const name = this.#key(key)
      return ['UNLINK', name, claimKey(name)] as const
    })
    await this.#redis.pipeline(commands, this.#options)
  }

  #run(script: RedisScript, name: string, args: (string | number)[]): Promise<RedisReply> {
    return this.#redis.run(script, { keys: [name, claimKey(name)], args }, this.#options)
  }

  /** The braces keep entry and claim in one slot of a cluster. */
  #key(key: string): string {
    return `{${this.#prefix}${key}}`
  }
}

function entryFrom(reply: RedisReply): CacheEntry | undefined {
  return typeof reply === 'string' ? parseEntry(reply) : undefined
}

function claimKey(name: string): string {
  return `${name}:claim`
}
