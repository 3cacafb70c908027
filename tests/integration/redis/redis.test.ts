/** The connection to Redis, against real servers: one, a cluster, sentinels; cut, silent, restarted, with TLS and a password. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Context, ServiceError } from 'genever/foundation'
import { createRedis, type RedisConnection, type RedisOptions, redisScript } from 'genever/redis'
import { createJsonLogger, MemorySink, prometheusText, Registry } from 'genever/telemetry'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { startRedisCluster } from '../../../scripts/systems/redis-cluster.ts'
import { startRedisSentinel } from '../../../scripts/systems/redis-sentinel.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: unknown) => (error instanceof ServiceError ? error.code : String(error)),
  )
}

/** How long until commands succeed again, in milliseconds. */
async function backAfterMs(redis: RedisConnection, limitMs = 5_000): Promise<number> {
  const startedMs = performance.now()
  while ((await codeOf(redis.send(['PING']))) !== 'ok') {
    assert.ok(performance.now() - startedMs < limitMs, `not back after ${limitMs} ms`)
    await pause(10)
  }
  return performance.now() - startedMs
}

/** Until commands fail at once: the moment of grace for a connection that was just lost is over. */
async function untilDown(redis: RedisConnection): Promise<void> {
  for (;;) {
    const error = await redis.send(['PING']).catch((thrown: unknown) => thrown)
    if (error instanceof ServiceError && error.message.includes('it is down')) return
    await pause(10)
  }
}

async function connected(options: RedisOptions): Promise<RedisConnection> {
  const redis = createRedis(options)
  await redis.start()
  return redis
}

describe('a Redis connection', { skip: redisMissing }, () => {
  let server: RedisSystem
  let redis: RedisConnection
  before(async () => {
    server = await startRedis()
    redis = await connected({ url: server.url })
  })
  after(async () => {
    await redis.stop()
    await server.stop()
  })

  it('sends commands and gives text, numbers, null, lists and bytes', async () => {
    const bytes = Uint8Array.of(0, 255, 13, 10, 128)
    assert.equal(await redis.send(['SET', 'text', 'Grüße']), 'OK')
    assert.equal(await redis.send(['GET', 'text']), 'Grüße')
    assert.equal(await redis.send(['GET', 'nothing']), null)
    assert.equal(await redis.send(['INCRBY', 'count', 7]), 7)
    await redis.send(['SET', 'bytes', bytes])
    assert.deepEqual(new Uint8Array((await redis.send(['GET', 'bytes'], { binary: true })) as Uint8Array), bytes)
    await redis.send(['RPUSH', 'list', 'a', 'b'])
    assert.deepEqual(await redis.send(['LRANGE', 'list', 0, -1]), ['a', 'b'])
  })

  it('answers a pipeline in order, and throws its first error when all is done', async () => {
    assert.deepEqual(
      await redis.pipeline([
        ['SET', 'p', '1'],
        ['INCR', 'p'],
        ['GET', 'p'],
      ]),
      ['OK', 2, '2'],
    )
    assert.deepEqual(await redis.pipeline([]), [])
    await redis.send(['SET', 'word', 'x'])
    const failing = redis.pipeline([
      ['INCR', 'p'],
      ['INCR', 'word'],
      ['INCR', 'p'],
    ])
    assert.equal(await codeOf(failing), 'REDIS_REFUSED')
    assert.equal(await redis.send(['GET', 'p']), '4')
  })

  it('runs a script by its digest, and again after the server has forgotten it', async () => {
    const add = redisScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`)
    assert.equal(await redis.run(add, { keys: ['sum'], args: [2] }), 2)
    await redis.send(['SCRIPT', 'FLUSH'])
    assert.equal(await redis.run(add, { keys: ['sum'], args: [3] }), 5)
  })

  it('tells what Redis refuses, without the values', async () => {
    await redis.send(['SET', 'secret', 'hunter2'])
    const error = await redis.send(['LPUSH', 'secret', 'hunter3']).catch((thrown: ServiceError) => thrown)
    assert.ok(error instanceof ServiceError)
    assert.deepEqual([error.code, error.details], ['REDIS_REFUSED', { command: 'LPUSH', reply: 'WRONGTYPE' }])
    const unknown = await redis.send(['NOSUCH', 'hunter4']).catch((thrown: ServiceError) => thrown)
    const written = (thrown: unknown): string =>
      JSON.stringify([String(thrown), String((thrown as Error).cause), thrown])
    assert.doesNotMatch(written(error) + written(unknown), /hunter/)
  })

  it('keeps to the deadline of the context', async () => {
    const context = new Context({ timeoutMs: 50 })
    const startedMs = performance.now()
    const waiting = redis.dedicated()
    assert.equal(
      await codeOf(context.run(() => waiting.send(['BLPOP', 'empty', 2], { timeoutMs: 3_000 }))),
      'DEADLINE_EXCEEDED',
    )
    assert.ok(performance.now() - startedMs < 1_000)
    assert.equal(await codeOf(context.run(() => redis.send(['PING']))), 'DEADLINE_EXCEEDED')
    await waiting.stop(AbortSignal.abort())
  })

  it('speaks streams by plain commands, and waits for entries on a connection of its own', async () => {
    const reader = redis.dedicated()
    const reading = reader.send(['XREAD', 'BLOCK', 5_000, 'STREAMS', 'events', '0'], { timeoutMs: 6_000 })
    while (!String(await redis.send(['CLIENT', 'LIST'])).includes('cmd=xread')) await pause(5)
    const id = await redis.send(['XADD', 'events', '*', 'kind', 'placed'])
    assert.deepEqual(await reading, [['events', [[id, ['kind', 'placed']]]]])
    await reader.stop()
  })

  it('hears what is published, on several channels, until it unsubscribes', async () => {
    const heard: string[] = []
    const listen = (channel: string) =>
      redis.subscribe(channel, { onMessage: (message) => heard.push(`${channel}:${message}`) })
    const [leaveA] = [await listen('a'), await listen('b')]
    await redis.send(['PUBLISH', 'a', '1'])
    await redis.send(['PUBLISH', 'b', '2'])
    await leaveA()
    await redis.send(['PUBLISH', 'a', '3'])
    await redis.send(['PUBLISH', 'b', '4'])
    while (heard.length < 3) await pause(5)
    assert.deepEqual(heard, ['a:1', 'b:2', 'b:4'])
  })

  it('reports durations by command and outcome, and that it is up', async () => {
    const meter = new Registry()
    const measured = await connected({ url: server.url, meter, name: 'shared' })
    await measured.send(['get', 'x'])
    await measured.send(['GET', 'x'])
    await codeOf(measured.send(['NOSUCH']))
    const text = prometheusText(meter.snapshot())
    assert.match(text, /redis_command_duration_seconds_count\{connection="shared",command="GET",outcome="ok"\} 2/)
    assert.match(
      text,
      /redis_command_duration_seconds_count\{connection="shared",command="NOSUCH",outcome="refused"\} 1/,
    )
    assert.match(text, /redis_up\{connection="shared"\} 1/)
    await measured.stop()
    assert.equal(await codeOf(measured.send(['PING'])), 'REDIS_UNAVAILABLE')
    assert.match(prometheusText(meter.snapshot()), /redis_up\{connection="shared"\} 0/)
  })
})

describe('a Redis connection in trouble', { skip: redisMissing }, () => {
  let server: RedisSystem
  let proxy: FaultProxy
  let redis: RedisConnection
  const url = (): string => `redis://127.0.0.1:${proxy.port}`
  before(async () => {
    server = await startRedis()
    proxy = await startFaultProxy({ port: server.port })
    redis = await connected({ url: url(), commandTimeoutMs: 300 })
  })
  after(async () => {
    await redis.stop()
    await proxy.stop()
    await server.stop()
  })

  it('goes on after its connection was cut, without the caller noticing more than a moment', async () => {
    for (let cut = 0; cut < 5; cut++) {
      proxy.cut()
      await pause(5)
      const startedMs = performance.now()
      await backAfterMs(redis)
      assert.ok(performance.now() - startedMs < 1_000)
    }
  })

  it('does not send a command twice whose answer was lost', async () => {
    await redis.send(['SET', 'n', 0])
    proxy.delay(100)
    const lost = codeOf(redis.send(['INCR', 'n']))
    await pause(150)
    proxy.cut()
    assert.equal(await lost, 'REDIS_LOST')
    proxy.heal()
    await backAfterMs(redis)
    assert.equal(await redis.send(['GET', 'n']), '1')
  })

  it('notices a silent peer within the time for a command, fails at once from then on, and is back when it is healed', async () => {
    proxy.silence()
    const startedMs = performance.now()
    assert.match(await codeOf(redis.send(['PING'])), /REDIS_TIMEOUT|REDIS_LOST/)
    const noticedMs = performance.now() - startedMs
    assert.ok(noticedMs < 600, `${noticedMs}`)
    await untilDown(redis)
    const failedMs = performance.now()
    for (let call = 0; call < 50; call++) assert.equal(await codeOf(redis.send(['PING'])), 'REDIS_UNAVAILABLE')
    assert.ok(performance.now() - failedMs < 300, 'each would wait for 300 ms')
    assert.equal((await redis.health()).status, 'DOWN')
    proxy.heal()
    const backMs = await backAfterMs(redis)
    assert.ok(backMs < 1_000, `${backMs}`)
    assert.equal((await redis.health()).status, 'UP')
  })

  it('fails at once while the server is down, and is back within a second after it is', async () => {
    await server.kill()
    await untilDown(redis)
    const startedMs = performance.now()
    for (let call = 0; call < 100; call++) assert.equal(await codeOf(redis.send(['PING'])), 'REDIS_UNAVAILABLE')
    assert.ok(performance.now() - startedMs < 1_000, 'each would wait for 250 ms')
    await pause(1_500)
    await server.restart()
    const backMs = await backAfterMs(redis)
    assert.ok(backMs < 1_000, `${backMs}`)
  })

  it('keeps commands waiting while it connects, so many and no more', async () => {
    proxy.silence()
    const slow = createRedis({ url: url(), maxWaiting: 10, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000 })
    const outcomes = Array.from({ length: 30 }, () => codeOf(slow.send(['PING'])))
    const refused = await Promise.race([outcomes[29], pause(100)])
    assert.equal(refused, 'REDIS_UNAVAILABLE')
    proxy.heal()
    const codes = await Promise.all(outcomes)
    assert.equal(codes.filter((code) => code === 'ok').length, 10)
    await slow.stop()
  })

  it('brings subscriptions back by itself and tells that messages may be missing', async () => {
    const heard: string[] = []
    let gaps = 0
    await redis.subscribe('news', { onMessage: (message) => heard.push(message), onGap: () => gaps++ })
    await server.restart()
    await backAfterMs(redis)
    while (gaps === 0) await pause(10)
    await redis.send(['PUBLISH', 'news', 'again'])
    while (heard.length === 0) await pause(5)
    assert.deepEqual([heard, gaps], [['again'], 1])
  })

  it('starts a service whose Redis is down, which is used once it is there', async () => {
    await proxy.stop()
    const late = createRedis({ url: url() })
    const startedMs = performance.now()
    await late.start()
    assert.ok(performance.now() - startedMs < 2_000)
    const standing = late.subscribe('news', { onMessage: () => {} })
    assert.equal((await late.health()).status, 'DOWN')
    await standing
    await proxy.start()
    assert.ok((await backAfterMs(late)) < 1_000)
    await backAfterMs(redis)
    await late.stop()
  })
})

describe('a Redis connection with a password', { skip: redisMissing }, () => {
  it('signs in; a wrong one is told, and neither is ever logged', async () => {
    await using server = await startRedis({ password: 'correct-horse' })
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, level: 'trace' })
    const good = await connected({ url: server.url, log })
    assert.equal(await good.send(['PING']), 'PONG')
    const bad = await connected({ url: server.url.replace('correct-horse', 'battery-staple'), log })
    await pause(300)
    const error = await bad.send(['PING']).catch((thrown: unknown) => thrown)
    assert.equal((error as ServiceError).code, 'REDIS_UNAVAILABLE')
    const health = await bad.health()
    assert.match(health.error ?? '', /WRONGPASS/)
    log.error('it failed', { error, health, bad, good })
    assert.doesNotMatch(sink.lines.join('\n'), /horse|staple/)
    assert.match(sink.lines.join('\n'), /redis is down/)
    await Promise.all([good.stop(), bad.stop()])
  })
})

describe('a Redis connection with TLS', { skip: redisMissing }, () => {
  it('trusts the authority it was given and no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'genever-redis-tls-'))
    const file = (name: string): string => join(folder, name)
    const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '2',
      ...subject,
    )
    await using server = await startRedis({
      tls: { cert: file('cert.pem'), key: file('key.pem'), ca: file('cert.pem') },
    })
    const url = server.url.replace('127.0.0.1', 'localhost')
    const trusting = await connected({ url, tls: { ca: readFileSync(file('cert.pem'), 'utf8') } })
    assert.equal(await trusting.send(['PING']), 'PONG')
    const strict = await connected({ url })
    assert.equal(await codeOf(strict.send(['PING'])), 'REDIS_UNAVAILABLE')
    assert.match((await strict.health()).error ?? '', /certificate/i)
    await Promise.all([trusting.stop(), strict.stop()])
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('a Redis cluster', { skip: redisMissing }, () => {
  it('is found through any node, holds all keys, and goes on when a node comes back', async () => {
    await using cluster = await startRedisCluster()
    await using redis = await connected({ url: cluster.url })
    const keys = Array.from({ length: 50 }, (_, at) => `key:${at}`)
    await redis.pipeline(keys.map((key) => ['SET', key, key]))
    assert.deepEqual(await redis.pipeline(keys.map((key) => ['GET', key])), keys)
    const add = redisScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`)
    for (const key of keys) assert.equal(await redis.run(add, { keys: [`{${key}}:n`], args: [1] }), 1)
    const heard: string[] = []
    let gaps = 0
    await redis.subscribe('news', { onMessage: (message) => heard.push(message), onGap: () => gaps++ })
    await redis.send(['PUBLISH', 'news', 'hello'])
    while (heard.length === 0) await pause(5)
    // The one that holds `key:1`, or another one: the rest goes on meanwhile.
    await cluster.nodes[1]?.kill()
    const codes = await Promise.all(keys.map((key) => codeOf(redis.send(['GET', key]))))
    assert.ok(codes.filter((code) => code === 'ok').length >= 20, codes.join())
    await cluster.nodes[1]?.restart()
    const untilMs = performance.now() + 10_000
    for (;;) {
      const again = await Promise.all(keys.map((key) => codeOf(redis.send(['GET', key]))))
      if (again.every((code) => code === 'ok')) break
      assert.ok(performance.now() < untilMs, again.join())
      await pause(50)
    }
  })
})

describe('Redis behind sentinels', { skip: redisMissing }, () => {
  it('is the master that they name, before and after a failover', async () => {
    await using group = await startRedisSentinel()
    await using redis = await connected({ url: group.url })
    await redis.send(['SET', 'k', 'v'])
    await redis.send(['WAIT', 1, 500])
    await group.failOver()
    const startedMs = performance.now()
    while ((await codeOf(redis.send(['SET', 'k', 'w']))) !== 'ok') {
      assert.ok(performance.now() - startedMs < 15_000)
      await pause(20)
    }
    console.log(`the new master is used ${Math.round(performance.now() - startedMs)} ms after the sentinels chose it`)
    assert.equal(await redis.send(['GET', 'k']), 'w')
  })
})
