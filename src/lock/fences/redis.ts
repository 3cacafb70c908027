/** What is written to Redis: the write is a script, and the check stands in front of it. */
import type { RedisArgument, RedisLike, RedisReply } from '../../redis/redis-like.ts'
import { type RedisScript, redisScript } from '../../redis/redis-script.ts'
import type { FenceClaim } from '../fence.ts'
import { staleToken } from '../lock-errors.ts'

/** A script that `runFenced` may run. It has its own `KEYS` and `ARGV`, and is written as any other. */
export function fencedScript(lua: string): RedisScript {
  return redisScript(`
    local fence, token = table.remove(KEYS), table.remove(ARGV)
    if tonumber(token) < tonumber(redis.call('GET', fence) or 0) then return 'genever:stale' end
    redis.call('SET', fence, token)
    ${lua}
  `)
}

export interface FencedCall {
  readonly claim: FenceClaim
  /** In a cluster they share the slot of the resource: `{resource}:…`. */
  readonly keys: readonly string[]
  readonly args?: readonly RedisArgument[]
}

/** @throws ServiceError `STALE_TOKEN`, and nothing was written; what the connection throws. */
export async function runFenced(redis: RedisLike, script: RedisScript, call: FencedCall): Promise<RedisReply> {
  const { claim, keys, args = [] } = call
  const fence = `fence:{${claim.resource}}`
  const reply = await redis.run(script, { keys: [...keys, fence], args: [...args, claim.token] })
  if (reply === 'genever:stale') throw staleToken(claim.resource, claim.token)
  return reply
}
