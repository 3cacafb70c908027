/**
 * Lock: one holder of a key at a time, over tasks, processes and machines; and a fence for those who did not notice that they lost it.
 *
 *   withLock(key, work) ─▶ LockStore.acquire ─▶ Lease { token } ─▶ work ─▶ release
 *                             │ memory, SQLite, Redis, PostgreSQL    └─ write(…, token) ─▶ fence ─▶ done │ STALE_TOKEN
 */
export type { FenceClaim } from './fence.ts'
export { MemoryFence } from './fences/memory.ts'
export { createPostgresFences, fencePostgres, type PostgresFenceOptions } from './fences/postgres.ts'
export { type FencedCall, fencedScript, runFenced } from './fences/redis.ts'
export { fenceSqlite } from './fences/sqlite.ts'
export type { Lease } from './lease.ts'
export type { LockClaim, LockGrant, LockRefusal, LockRequest, LockStore } from './lock-store.ts'
export { type AcquireOptions, createLocks, type Locks, type LocksOptions } from './locks.ts'
export type { Queryable, QueryResult } from './queryable.ts'
export { type MemoryLockStoreOptions, memoryLockStore } from './stores/memory.ts'
export { type PostgresLockStoreOptions, postgresLockStore } from './stores/postgres.ts'
export { type RedisLockStoreOptions, redisLockStore } from './stores/redis.ts'
export { type SqliteLockStoreOptions, sqliteLockStore } from './stores/sqlite.ts'
