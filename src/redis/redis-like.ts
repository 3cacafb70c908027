/**
 * RedisLike: the little of Redis that limiter, cache, lock and messaging need, so that the client library behind it can change.
 *
 *   send │ pipeline │ run(script) ─▶ reply │ ServiceError
 *   subscribe(channel, listener)  ─▶ messages, and `onGap` when some may have been missed
 */
import type { RedisScript } from './redis-script.ts'

export interface RedisLike {
  /**
   * One command, by its name and arguments: `send(['SET', 'user:7', 'x', 'PX', 500])`.
   *
   * @throws ServiceError `REDIS_UNAVAILABLE` (503, may be retried) if it was not sent; `REDIS_TIMEOUT` (504) and `REDIS_LOST`
   *   (503) if it was sent and nobody knows whether it took effect; `REDIS_REFUSED` if Redis answered with an error.
   */
  send(command: RedisCommand, options?: RedisSendOptions): Promise<RedisReply>
  /** Several in one write; replies in order. In a cluster their keys may lie anywhere. @throws the first error, when all are done. */
  pipeline(commands: readonly RedisCommand[], options?: RedisSendOptions): Promise<RedisReply[]>
  /** A Lua script by its digest; its text is sent when the server does not know it yet. In a cluster all keys share one slot. */
  run(script: RedisScript, call: RedisScriptCall, options?: RedisSendOptions): Promise<RedisReply>
  /** Resolves when the subscription stands; the result ends it. It comes back by itself after a lost connection. */
  subscribe(channel: string, listener: RedisListener): Promise<() => Promise<void>>
}

export type RedisArgument = string | number | Uint8Array

/** The name, then the arguments. */
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]]

/** What Redis answers; bulk strings are text, or Uint8Arrays where `binary` was asked for. */
export type RedisReply = string | number | bigint | boolean | null | Uint8Array | RedisReply[]

export interface RedisSendOptions {
  /** Longest wait for the reply; default the connection's. A nearer deadline of the current context wins. */
  readonly timeoutMs?: number
  /** Bulk strings as bytes; default false: as UTF-8. */
  readonly binary?: boolean
}

export interface RedisScriptCall {
  readonly keys: readonly string[]
  readonly args?: readonly RedisArgument[]
}

export interface RedisListener {
  onMessage(message: string): void
  /** The subscription was lost for a while and stands again: what was published meanwhile has passed. */
  onGap?(): void
}
