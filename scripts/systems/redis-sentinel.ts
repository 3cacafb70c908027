/** A master, a replica and three sentinels of its own; `failOver()` makes the replica the master. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { converse } from './converse.ts'
import { type RedisSystem, startRedis } from './redis.ts'
import { loopback, type System, startServer } from './server-process.ts'

export interface RedisSentinel {
  readonly servers: readonly [RedisSystem, RedisSystem]
  readonly sentinels: readonly System[]
  readonly url: string
  /** Kills the first server; resolves when the sentinels have made the second one the master. */
  failOver(): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startRedisSentinel(): Promise<RedisSentinel> {
  const all: System[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((one) => one.stop()))
  }
  const kept = async <S extends System>(starting: Promise<S>): Promise<S> => {
    const system = await starting
    all.push(system)
    return system
  }
  try {
    const master = await kept(startRedis({ settings: quickSync }))
    const replica = await kept(startRedis({ settings: { ...quickSync, replicaof: `${loopback} ${master.port}` } }))
    const sentinels = await Promise.all([1, 2, 3].map(() => kept(startSentinel(master.port))))
    for (const sentinel of sentinels) await until(sentinel, 'SENTINEL MASTER mymaster\r\n', 'role-reported', knowsAll)
    const failOver = async (): Promise<void> => {
      await master.kill()
      const isNew = (reply: string): boolean => reply.includes(String(replica.port))
      for (const sentinel of sentinels) {
        await until(sentinel, 'SENTINEL GET-MASTER-ADDR-BY-NAME mymaster\r\n', '*2', isNew)
      }
    }
    const url = `redis+sentinel://${sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/mymaster`
    return { servers: [master, replica], sentinels, url, failOver, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const quickSync = { 'repl-diskless-sync-delay': '0' }

function knowsAll(reply: string): boolean {
  return /num-slaves\r\n\$\d+\r\n1\r\n/.test(reply) && /num-other-sentinels\r\n\$\d+\r\n2\r\n/.test(reply)
}

function startSentinel(masterPort: number): Promise<System> {
  const file = (folder: string): string => join(folder, 'sentinel.conf')
  return startServer({
    name: 'sentinel',
    command: 'redis-server',
    args: ({ folder, port }) => {
      const lines = [
        `bind ${loopback}`,
        `port ${port}`,
        `dir ${folder}`,
        `sentinel monitor mymaster ${loopback} ${masterPort} 2`,
        'sentinel down-after-milliseconds mymaster 1000',
        'sentinel failover-timeout mymaster 2000',
      ]
      writeFileSync(file(folder), `${lines.join('\n')}\n`)
      return [file(folder), '--sentinel']
    },
    answers: ({ port }) => converse(port, 'PING\r\n', (reply) => reply.includes('+PONG')),
  })
}

async function until(system: System, request: string, end: string, isThere: (reply: string) => boolean): Promise<void> {
  const untilMs = performance.now() + 20_000
  for (;;) {
    let seen = ''
    await converse(system.port, request, (reply) => {
      seen = reply
      return reply.includes(end)
    })
    if (isThere(seen)) return
    if (performance.now() > untilMs) throw new Error(`The sentinels do not agree: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
