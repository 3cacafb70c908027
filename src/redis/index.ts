/**
 * Redis: one connection that limiter, cache, lock and messaging share, and the small contract that they need of it.
 *
 *   createRedis({ url }) ─▶ service.add(redis)
 *     send │ pipeline │ run(script) ─▶ ready? ──yes──▶ Redis ─▶ reply │ REDIS_REFUSED │ REDIS_TIMEOUT │ REDIS_LOST
 *                                        └─no─▶ just lost: wait for graceMs │ down: REDIS_UNAVAILABLE at once
 *     subscribe ─▶ a connection of its own ─▶ onMessage, onGap
 */
export type { RedisTls } from './internal/open-driver.ts'
export { describeAddress, parseRedisUrl, type RedisAddress, type RedisNode } from './redis-address.ts'
export { createRedis, type RedisConnection, type RedisOptions } from './redis-connection.ts'
export type {
  RedisArgument,
  RedisCommand,
  RedisLike,
  RedisListener,
  RedisReply,
  RedisScriptCall,
  RedisSendOptions,
} from './redis-like.ts'
export { RedisScript, redisScript } from './redis-script.ts'
