/**
 * Redis: counts that several processes share. One script decides and counts in one step, by the server's own clock, so that
 * neither clocks of processes nor the order of their calls matter.
 *
 *   take ─▶ script on Redis ──answers──▶ its decision
 *               └─ down or slow ─▶ local: the limit of this process │ allow │ refuse ─▶ after retryMs one call asks Redis again
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { RedisLike, RedisReply } from '../../redis/redis-like.ts'
import { type RedisScript, redisScript } from '../../redis/redis-script.ts'
import type { CounterSeries, Meter } from '../../telemetry/meter.ts'
import { checkNumber } from '../bad-policy.ts'
import type { LimitDecision, LimiterStore, LimitRule } from '../limiter-store.ts'
import { memoryLimiterStore } from './memory.ts'

export interface RedisLimiterStoreOptions {
  redis: RedisLike
  /** Of the keys in Redis; default `limit:`. Stores with different algorithms need different prefixes. */
  prefix?: string
  /** `gcra` (default) keeps one number for each key, `token-bucket` two, which other programs may read. They decide alike. */
  algorithm?: 'gcra' | 'token-bucket'
  /** Longest wait for Redis before this process decides alone; default 100. */
  timeoutMs?: number
  /**
   * What happens while Redis cannot be asked. `local` (default): this process counts by itself. `allow`: every call passes.
   * `refuse`: none does.
   */
  whenDown?: 'local' | 'allow' | 'refuse'
  /** With `local`: this process's share of the limit, such as 0.25 for one of four. Default 1. */
  localRatio?: number
  /** How long Redis is left alone after a failure; then one call asks it again. Default 250. */
  retryMs?: number
  meter?: Meter
  clock?: Clock
}

/** @throws ServiceError BAD_POLICY for options out of range. */
export function redisLimiterStore(options: RedisLimiterStoreOptions): LimiterStore {
  return new RedisLimiterStore(options)
}

/**
 * The theoretical arrival time of `gcra.ts`, in milliseconds since a moment that leaves its number digits for fractions.
 * Numbers are written with a format of their own: Lua's default keeps 14 digits.
 */
const gcra: RedisScript = redisScript(`
  local time = redis.call('TIME')
  local now = (time[1] - 1700000000) * 1000 + time[2] / 1000
  local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local capacity = burst * interval
  local from = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
  local following = from + cost * interval
  local wait = following - capacity - now
  if wait > 0.001 then
    local ahead = from - now
    local retry = cost > burst and -1 or math.ceil(wait * 1000)
    return {0, math.max(0, math.floor((capacity - ahead + 0.001) / interval)), retry, math.ceil(ahead * 1000)}
  end
  local ahead = following - now
  redis.call('SET', KEYS[1], string.format('%.6f', following), 'PX', math.ceil(ahead) + 1)
  return {1, math.max(0, math.floor((capacity - ahead + 0.001) / interval)), 0, math.ceil(ahead * 1000)}
`)

const tokenBucket: RedisScript = redisScript(`
  local time = redis.call('TIME')
  local now = (time[1] - 1700000000) * 1000 + time[2] / 1000
  local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens = burst
  if known[1] then tokens = math.min(burst, known[1] + math.max(0, now - known[2]) / interval) end
  local allowed, retry = 0, 0
  if tokens + 0.000001 >= cost then
    tokens = math.max(0, tokens - cost)
    allowed = 1
  else
    retry = cost > burst and -1 or math.ceil((cost - tokens) * interval * 1000)
  end
  local whole = (burst - tokens) * interval
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(whole) + 1)
  return {allowed, math.floor(tokens + 0.000001), retry, math.ceil(whole * 1000)}
`)

class RedisLimiterStore implements LimiterStore {
  readonly #redis: RedisLike
  readonly #script: RedisScript
  readonly #prefix: string
  readonly #timeoutMs: number
  readonly #retryMs: number
  readonly #clock: Clock
  readonly #alone: LimiterStore
  readonly #fallbacks: CounterSeries | undefined
  #askAgainMs = Number.NEGATIVE_INFINITY

  constructor(options: RedisLimiterStoreOptions) {
    const { algorithm = 'gcra', prefix = 'limit:', timeoutMs = 100, retryMs = 250, clock = systemClock } = options
    const { whenDown = 'local', localRatio = 1 } = options
    checkNumber('timeoutMs', timeoutMs, { min: 1 })
    checkNumber('retryMs', retryMs, { min: 0 })
    checkNumber('localRatio', localRatio, { min: Number.MIN_VALUE, max: 1 })
    this.#redis = options.redis
    this.#script = algorithm === 'gcra' ? gcra : tokenBucket
    this.#prefix = prefix
    this.#timeoutMs = timeoutMs
    this.#retryMs = retryMs
    this.#clock = clock
    this.#alone = whenDown === 'local' ? new LocalShare(localRatio, clock) : new Always(whenDown === 'allow', retryMs)
    this.#fallbacks = options.meter
      ?.counter({
        name: 'rate_limit_fallbacks_total',
        help: 'Decisions that a process made alone because its shared store could not be asked.',
        labels: ['instead'],
      })
      .labels({ instead: whenDown })
  }

  take(key: string, rule: LimitRule, cost: number): LimitDecision | Promise<LimitDecision> {
    const nowMs = this.#clock.monotonic()
    if (nowMs < this.#askAgainMs) return this.#decideAlone(key, rule, cost)
    // While it is not known to be well, one call finds out and the others do not wait for it.
    if (this.#askAgainMs !== Number.NEGATIVE_INFINITY) this.#askAgainMs = nowMs + this.#timeoutMs + this.#retryMs
    return this.#ask(key, rule, cost)
  }

  async #ask(key: string, rule: LimitRule, cost: number): Promise<LimitDecision> {
    const args = [rule.windowMs / rule.limit, rule.burst, cost]
    try {
      const call = { keys: [this.#prefix + key], args }
      const reply = await this.#redis.run(this.#script, call, { timeoutMs: this.#timeoutMs })
      this.#askAgainMs = Number.NEGATIVE_INFINITY
      return decisionFrom(reply)
    } catch {
      // Whatever it was, callers need a decision; the connection's own log and metrics tell what is wrong with it.
      this.#askAgainMs = this.#clock.monotonic() + this.#retryMs
      return this.#decideAlone(key, rule, cost)
    }
  }

  #decideAlone(key: string, rule: LimitRule, cost: number): LimitDecision | Promise<LimitDecision> {
    this.#fallbacks?.add()
    return this.#alone.take(key, rule, cost)
  }
}

function decisionFrom(reply: RedisReply): LimitDecision {
  const [allowed, remaining = 0, retryMicros = 0, resetMicros = 0] = reply as number[]
  return {
    isAllowed: allowed === 1,
    remaining,
    retryAfterMs: retryMicros === -1 ? Number.POSITIVE_INFINITY : retryMicros / 1_000,
    resetMs: resetMicros / 1_000,
  }
}

/** A part of the limit, counted here. */
class LocalShare implements LimiterStore {
  readonly #ratio: number
  readonly #store: LimiterStore

  constructor(ratio: number, clock: Clock) {
    this.#ratio = ratio
    this.#store = memoryLimiterStore({ clock })
  }

  take(key: string, { limit, windowMs, burst }: LimitRule, cost: number): LimitDecision | Promise<LimitDecision> {
    const ratio = this.#ratio
    return this.#store.take(key, { limit: limit * ratio, windowMs, burst: Math.max(1, burst * ratio) }, cost)
  }
}

class Always implements LimiterStore {
  readonly #decision: LimitDecision

  constructor(isAllowed: boolean, retryMs: number) {
    this.#decision = { isAllowed, remaining: 0, retryAfterMs: isAllowed ? 0 : retryMs, resetMs: retryMs }
  }

  take(): LimitDecision {
    return this.#decision
  }
}
