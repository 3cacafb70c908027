/**
 * Redis: the jobs of all processes that share a Redis. What a Redis loses at a crash (set `appendonly yes`) is lost to the schedule,
 * too: a tick may then run twice.
 *
 *   {schedule:JOB}        owner, token; expires with the lease
 *   {schedule:JOB}:state  token (the last one), through
 *   {schedule:JOB}:ticks  ticks that were begun
 *   {schedule:JOB}:runs   TICK → its run, TICK:token, TICK:end → how it ended
 */
import type { LockClaim, LockGrant, LockRefusal, LockRequest } from '../../lock/lock-store.ts'
import { acquireLease, releaseLease, renewLease } from '../../redis/lease-scripts.ts'
import type { RedisArgument, RedisLike, RedisReply } from '../../redis/redis-like.ts'
import { type RedisScript, redisScript } from '../../redis/redis-script.ts'
import type {
  KeptRunsOptions,
  RunEnd,
  RunRecord,
  RunStart,
  RunStep,
  ScheduleStore,
  Standing,
} from '../schedule-store.ts'

export interface RedisScheduleStoreOptions extends KeptRunsOptions {
  readonly redis: RedisLike
  /** Of its keys in Redis; default `schedule:`. */
  readonly prefix?: string
}

/** Its methods throw what the connection throws. */
export function redisScheduleStore(options: RedisScheduleStoreOptions): ScheduleStore {
  return new RedisScheduleStore(options)
}

const acquire: RedisScript = acquireLease({
  read: "redis.call('HGET', KEYS[2], 'token')",
  keep: "redis.call('HSET', KEYS[2], 'token', token)",
})

const standing: RedisScript = redisScript(`
  redis.call('HSETNX', KEYS[2], 'through', ARGV[1])
  return {redis.call('HGET', KEYS[2], 'through'), redis.call('HGETALL', KEYS[3])}
`)

const allRuns: RedisScript = redisScript(`return redis.call('HGETALL', KEYS[3])`)

const movesThrough = `
  local function move(through)
    if tonumber(redis.call('HGET', KEYS[2], 'through') or 0) < tonumber(through) then redis.call('HSET', KEYS[2], 'through', through) end
  end
`

/** ARGV: token, through. */
const pass: RedisScript = redisScript(`
  ${movesThrough}
  if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then return 0 end
  move(ARGV[2])
  return 1
`)

/** ARGV: token, tick, run, attempt. */
const begin: RedisScript = redisScript(`
  ${movesThrough}
  if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then return 0 end
  local token = redis.call('HGET', KEYS[3], ARGV[2] .. ':token')
  local isOpen = token and token ~= ARGV[1] and redis.call('HEXISTS', KEYS[3], ARGV[2] .. ':end') == 0
  if ARGV[4] == '1' and token then return 0 end
  if ARGV[4] ~= '1' and not isOpen then return 0 end
  redis.call('HSET', KEYS[3], ARGV[2], ARGV[3], ARGV[2] .. ':token', ARGV[1])
  redis.call('ZADD', KEYS[4], ARGV[2], ARGV[2])
  move(ARGV[2])
  return 1
`)

/** ARGV: token, tick, end, how many runs are kept. */
const end: RedisScript = redisScript(`
  if redis.call('HGET', KEYS[3], ARGV[2] .. ':token') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[3], ARGV[2] .. ':end', ARGV[3])
  for _, old in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1 - ARGV[4])) do
    if redis.call('HEXISTS', KEYS[3], old .. ':end') == 1 then
      redis.call('HDEL', KEYS[3], old, old .. ':token', old .. ':end')
      redis.call('ZREM', KEYS[4], old)
    end
  end
  return 1
`)

type StoredRun = RunRecord & { readonly token: number }

class RedisScheduleStore implements ScheduleStore {
  readonly isShared = true
  readonly #redis: RedisLike
  readonly #prefix: string
  readonly #keptRuns: number

  constructor({ redis, prefix = 'schedule:', keptRuns = 100 }: RedisScheduleStoreOptions) {
    this.#keptRuns = keptRuns
    this.#redis = redis
    this.#prefix = prefix
  }

  async open(): Promise<void> {}

  async acquire({ key, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    const [granted, answer] = (await this.#run(acquire, key, [owner, Math.ceil(leaseMs)])) as RedisReply[]
    return granted === 1 ? { kind: 'granted', token: Number(answer) } : { kind: 'held', heldForMs: Number(answer) }
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    return (await this.#run(renewLease, key, [owner, token, Math.ceil(leaseMs)])) === 1
  }

  async release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return (await this.#run(releaseLease, key, [owner, token])) === 1
  }

  async standing(job: string, nowMs: number): Promise<Standing> {
    const [through, fields] = (await this.#run(standing, job, [Math.floor(nowMs)])) as [RedisReply, RedisReply[]]
    const open = storedRuns(fields).filter(({ state }) => state === 'running')
    return {
      throughMs: Number(through),
      open: open.map(({ tickMs, token, attempt }) => ({ tickMs, token, attempt })).sort((a, b) => a.tickMs - b.tickMs),
    }
  }

  async begin({ job, token, tickMs, attempt, startedMs, runner }: RunStart): Promise<boolean> {
    const run = { tickMs, token, attempt, startedMs: Math.floor(startedMs), runner }
    return (await this.#run(begin, job, [token, tickMs, JSON.stringify(run), attempt])) === 1
  }

  async pass({ job, token, throughMs }: RunStep): Promise<boolean> {
    return (await this.#run(pass, job, [token, throughMs])) === 1
  }

  async end({ job, tickMs, token, outcome, endedMs, errorCode }: RunEnd): Promise<boolean> {
    const how = JSON.stringify({ state: outcome, endedMs: Math.floor(endedMs), errorCode })
    return (await this.#run(end, job, [token, tickMs, how, this.#keptRuns])) === 1
  }

  async history(job: string, limit: number): Promise<RunRecord[]> {
    const fields = (await this.#run(allRuns, job, [])) as RedisReply[]
    const runs = storedRuns(fields).sort((a, b) => b.tickMs - a.tickMs)
    return runs.slice(0, limit).map(({ token: _, ...record }) => record)
  }

  #run(script: RedisScript, job: string, args: readonly RedisArgument[]): Promise<RedisReply> {
    return this.#redis.run(script, { keys: this.#keys(job), args })
  }

  /** The braces keep them in one slot of a cluster. */
  #keys(job: string): string[] {
    const place = `{${this.#prefix}${job}}`
    return [place, `${place}:state`, `${place}:runs`, `${place}:ticks`]
  }
}

/** From the fields of the hash: names and values in turn. */
function storedRuns(fields: readonly RedisReply[]): StoredRun[] {
  const texts = new Map<string, string>()
  for (let at = 0; at + 1 < fields.length; at += 2) texts.set(String(fields[at]), String(fields[at + 1]))
  const ticks = [...texts.keys()].filter((name) => !name.includes(':'))
  return ticks.map((tick) => {
    const how = texts.get(`${tick}:end`)
    const state = how === undefined ? { state: 'running' } : JSON.parse(how)
    return { ...JSON.parse(texts.get(tick) ?? '{}'), ...state } as StoredRun
  })
}
