/**
 * Cache: what was loaded once and is asked for again, in memory, in Redis, or in memory before Redis.
 *
 *   createCache({ store }).region('product', { load, ttlMs, staleMs }) ─▶ get(key)
 *
 *   get ─▶ near ─▶ store ──fresh──▶ value
 *                    ├─stale──▶ value, refreshed in the background
 *                    └─nothing─▶ one of all processes loads ─▶ store ─▶ value
 *   delete, deleteAfterCommit, write ─▶ store ─▶ bus ─▶ near stores of all processes
 */
export { type RedisCacheBusOptions, redisCacheBus } from './buses/redis.ts'
export { type Cache, type CacheOptions, createCache } from './cache.ts'
export type { CacheBus, CacheBusListener, CacheMessage } from './cache-bus.ts'
export type {
  CacheClaim,
  CacheClaimOptions,
  CacheEntry,
  CacheSetOptions,
  CacheStore,
  Eventually,
} from './cache-store.ts'
export type { CacheRegion } from './region.ts'
export type { CacheLoader, CommitHooks, RegionOptions, WriteBehindSettings } from './region-options.ts'
export { type MemoryCacheStore, type MemoryCacheStoreOptions, memoryCacheStore } from './stores/memory.ts'
export { type RedisCacheStoreOptions, redisCacheStore } from './stores/redis.ts'
