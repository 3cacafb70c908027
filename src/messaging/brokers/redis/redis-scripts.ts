/** RedisScripts: what must happen at once in Redis; all keys of a topic share one slot. */
import { type RedisScript, redisScript } from '../../../redis/redis-script.ts'

/** KEYS: lanes. ARGV: channel, then lane, id, key, headers, body of each message. */
export const appendScript: RedisScript = redisScript(`
for i = 2, #ARGV, 5 do
  redis.call('XADD', KEYS[tonumber(ARGV[i]) + 1], '*', 'id', ARGV[i + 1], 'key', ARGV[i + 2], 'headers', ARGV[i + 3], 'body', ARGV[i + 4])
end
redis.call('PUBLISH', ARGV[1], '')
return 1`)

/**
 * Makes the group where it is missing, says that the member lives, and gives it free lanes up to its share.
 * KEYS: members, owners, lanes. ARGV: member, lease in ms, where a new group begins, group. Replies share, then lane and epoch of each.
 */
export const claimScript: RedisScript = redisScript(`
for i = 3, #KEYS do
  local made = redis.pcall('XGROUP', 'CREATE', KEYS[i], ARGV[4], ARGV[3], 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP') then return made end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
local alive, members = {}, redis.call('ZRANGE', KEYS[1], 0, -1)
for _, member in ipairs(members) do alive[member] = true end
local lanes = #KEYS - 2
local share = math.ceil(lanes / #members)
local mine, free = {}, {}
for lane = 0, lanes - 1 do
  local owner = redis.call('HGET', KEYS[2], lane)
  local epoch, member = string.match(owner or '0:', '^(%d+):(.*)$')
  if member == ARGV[1] then mine[#mine + 1] = { lane, epoch }
  elseif not alive[member] then free[#free + 1] = { lane, epoch + 1 } end
end
for _, claim in ipairs(free) do
  if #mine >= share then break end
  claim[2] = string.format('%d', claim[2])
  redis.call('HSET', KEYS[2], claim[1], claim[2] .. ':' .. ARGV[1])
  mine[#mine + 1] = claim
end
local reply = { share }
for _, claim in ipairs(mine) do
  reply[#reply + 1] = claim[1]
  reply[#reply + 1] = tonumber(claim[2])
end
return reply`)

/** KEYS: members, owners. ARGV: member, whether it leaves the group, then lane and epoch of each that it gives away. */
export const leaveScript: RedisScript = redisScript(`
for i = 3, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] .. ':' .. ARGV[1] then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1] .. ':')
  end
end
if ARGV[2] == '1' then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 1`)

/**
 * Reads lanes that the member holds, one after the other, up to a count. The consumer's name is the same for every member, so that the
 * next holder of a lane finds what the last one left, in order.
 * KEYS: owners, lanes. ARGV: member, group, count, then lane, epoch and from where of each.
 */
export const readScript: RedisScript = redisScript(`
local room, reply = tonumber(ARGV[3]), {}
for i = 2, #KEYS do
  local at = 4 + (i - 2) * 3
  if room <= 0 then break end
  if redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1] .. ':' .. ARGV[1] then
    local found = redis.call('XREADGROUP', 'GROUP', ARGV[2], 'lane', 'COUNT', room, 'STREAMS', KEYS[i], ARGV[at + 2])
    local entries = found and found[1] and found[1][2] or {}
    room = room - #entries
    reply[#reply + 1] = { ARGV[at], entries }
  end
end
return reply`)

/** KEYS: owners, lane. ARGV: member, group, lane, epoch, then positions. Replies 0 if another member holds the lane. */
export const acknowledgeScript: RedisScript = redisScript(`
if redis.call('HGET', KEYS[1], ARGV[3]) ~= ARGV[4] .. ':' .. ARGV[1] then return 0 end
for i = 5, #ARGV do redis.call('XACK', KEYS[2], ARGV[2], ARGV[i]) end
return 1`)

/** KEYS: lanes. ARGV: group. Replies nil where Redis cannot say. */
export const lagScript: RedisScript = redisScript(`
local sum = 0
for _, lane in ipairs(KEYS) do
  if redis.call('EXISTS', lane) == 1 then
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', lane)) do
      local facts = {}
      for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
      if facts.name == ARGV[1] then
        if not facts.lag then return false end
        sum = sum + facts.lag + facts.pending
      end
    end
  end
end
return sum`)

/** Removes what is older than ARGV[1] (ms) and acknowledged by every group. KEYS: lanes. */
export const trimScript: RedisScript = redisScript(`
for _, lane in ipairs(KEYS) do
  if redis.call('EXISTS', lane) == 1 then
    local least = tonumber(ARGV[1])
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', lane)) do
      local facts = {}
      for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
      local first = redis.call('XPENDING', lane, facts.name)[2] or facts['last-delivered-id']
      least = math.min(least, tonumber(string.match(first, '^%d+')))
    end
    redis.call('XTRIM', lane, 'MINID', string.format('%.0f', least))
  end
end
return 1`)
