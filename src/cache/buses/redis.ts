/** Redis: a channel. Whoever was not connected has missed what was said, and is told so. */
import type { RedisLike } from '../../redis/redis-like.ts'
import { type CacheBus, type CacheBusListener, type CacheMessage, parseCacheMessage } from '../cache-bus.ts'

export interface RedisCacheBusOptions {
  redis: RedisLike
  /** Default `cache`. */
  channel?: string
}

export function redisCacheBus({ redis, channel = 'cache' }: RedisCacheBusOptions): CacheBus {
  return {
    async publish(message: CacheMessage): Promise<void> {
      await redis.send(['PUBLISH', channel, JSON.stringify(message)])
    },
    subscribe(listener: CacheBusListener): Promise<() => Promise<void>> {
      return redis.subscribe(channel, {
        onMessage: (text) => {
          const message = parseCacheMessage(text)
          if (message !== undefined) listener.onMessage(message)
        },
        onGap: () => listener.onGap(),
      })
    },
  }
}
