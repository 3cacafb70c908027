/**
 * Lease scripts: one owner of a key at a time, with a token that grows with each owner. Lock and schedule keep their leases so.
 *
 *   KEYS[1]  owner, token; expires with the lease        KEYS[2]  where the last token is kept, as each sees fit
 */
import { type RedisScript, redisScript } from './redis-script.ts'

export interface LastToken {
  /** Lua that reads the last token of KEYS[2]. */
  readonly read: string
  /** Lua that keeps `token` there. */
  readonly keep: string
}

/** ARGV: owner, lease in milliseconds. Gives 1 and the token, or 0 and for how long it is held. Tokens are never less than the server's time. */
export function acquireLease({ read, keep }: LastToken): RedisScript {
  return redisScript(`
  local holder = redis.call('HMGET', KEYS[1], 'owner', 'token')
  if holder[1] and holder[1] ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
  local token = holder[2]
  if not token then
    local time = redis.call('TIME')
    local last = tonumber(${read} or 0)
    token = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
    ${keep}
    redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', token)
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {1, token}
`)
}

/** ARGV: owner, token, lease in milliseconds. Gives 0 where it is another's. */
export const renewLease: RedisScript = redisScript(`
  local holder = redis.call('HMGET', KEYS[1], 'owner', 'token')
  if holder[1] ~= ARGV[1] or holder[2] ~= ARGV[2] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])
`)

/** ARGV: owner, token. Gives 0 where it is another's. */
export const releaseLease: RedisScript = redisScript(`
  local holder = redis.call('HMGET', KEYS[1], 'owner', 'token')
  if holder[1] ~= ARGV[1] or holder[2] ~= ARGV[2] then return 0 end
  return redis.call('DEL', KEYS[1])
`)
