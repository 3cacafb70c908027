/** What commands and loads add to a trace: a span each, below the caller's, and nothing of what was sent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache, redisCacheStore } from 'genever/cache'
import { Context } from 'genever/foundation'
import { createRedis } from 'genever/redis'
import { type ChildSpanOptions, currentSpan, noopTracer, type Span } from 'genever/telemetry'
import { redisMissing, startRedis } from '../../../scripts/systems/redis.ts'

interface Told {
  readonly name: string
  readonly below: string
  readonly options: ChildSpanOptions | undefined
  hasFailed: boolean
  hasEnded: boolean
}

/** A span that is recorded, with all that are made below it. */
function recordedSpan(name: string, spans: Told[]): Span {
  const inner = noopTracer.start(name)
  const told: Told = { name, below: '', options: undefined, hasFailed: false, hasEnded: false }
  const make = (about: Told): Span =>
    Object.assign(Object.create(inner) as Span, {
      isRecording: true,
      child(child: string, options?: ChildSpanOptions): Span {
        const below: Told = { name: child, below: about.name, options, hasFailed: false, hasEnded: false }
        spans.push(below)
        return make(below)
      },
      fail(): void {
        about.hasFailed = true
      },
      end(): void {
        about.hasEnded = true
      },
    })
  return make(told)
}

describe('spans of Redis and of a cache', { skip: redisMissing }, () => {
  it('stand below the span of the caller, say what they are and nothing of what was sent', async () => {
    await using server = await startRedis({ password: 'correct-horse' })
    await using redis = createRedis({ url: server.url })
    await redis.start()
    const spans: Told[] = []
    const context = new Context().set(currentSpan, recordedSpan('request', spans))
    await context.run(async () => {
      await redis.send(['SET', 'user:7', 'hunter2'])
      await redis.send(['LPUSH', 'user:7', 'hunter3']).catch(() => undefined)
      await redis.pipeline([
        ['GET', 'user:7'],
        ['GET', 'user:7'],
      ])
    })
    const seen = spans.map(({ name, below, hasFailed, hasEnded }) => [name, below, hasFailed, hasEnded])
    assert.deepEqual(seen, [
      ['SET', 'request', false, true],
      ['LPUSH', 'request', true, true],
      ['PIPELINE', 'request', false, true],
    ])
    assert.deepEqual(spans[0]?.options, {
      kind: 'client',
      attributes: {
        'db.system.name': 'redis',
        'db.namespace': '0',
        'server.address': '127.0.0.1',
        'server.port': server.port,
        'db.operation.name': 'SET',
      },
    })
    assert.doesNotMatch(JSON.stringify(spans), /hunter|user:7|horse/)
  })

  it('show a load, and below it what the load asks', async () => {
    await using server = await startRedis()
    await using redis = createRedis({ url: server.url })
    await redis.start()
    const cache = createCache({ store: redisCacheStore({ redis }) })
    const region = cache.region('product', { load: () => redis.send(['GET', 'source']).then(String) })
    const spans: Told[] = []
    await new Context().set(currentSpan, recordedSpan('request', spans)).run(() => region.get('gin'))
    const seen = spans.map(({ name, below }) => `${name} < ${below}`)
    assert.ok(seen.includes('load product < request'), seen.join())
    assert.ok(seen.includes('GET < load product'), seen.join())
    assert.ok(spans.every(({ hasEnded }) => hasEnded))
    await cache.stop()
  })
})
