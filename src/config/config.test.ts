import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { Registry } from '../telemetry/registry.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { loadConfig } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import type { ConfigEntry, ConfigSource } from './config-source.ts'
import { secret } from './secret.ts'
import { settingsFrom } from './settings-from.ts'
import { environmentSource } from './sources/environment.ts'
import { defaults, overrides } from './sources/object.ts'

const schema = z.object({
  port: z.int().min(1).max(65_535),
  database: z.object({ url: z.string().min(1), password: z.string().min(8), poolSize: z.int().default(5) }),
})
const good = { port: 8080, database: { url: 'db', password: 'hunter2hunter2' } }

/** A source whose settings a test changes, and whose watchers it calls. */
class TestSource implements ConfigSource {
  readonly name = 'test'
  tree: Record<string, unknown>
  failure: Error | undefined
  watchers = new Set<() => void>()
  loads = 0
  gate: Promise<void> | undefined

  constructor(tree: Record<string, unknown>) {
    this.tree = tree
  }

  async load(signal: AbortSignal): Promise<readonly ConfigEntry[]> {
    this.loads++
    const { tree } = this
    await this.gate
    signal.throwIfAborted()
    if (this.failure !== undefined) throw this.failure
    return settingsFrom(tree, (path) => `test:${path.join('.')}`)
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed)
    return () => this.watchers.delete(changed)
  }

  change(tree: Record<string, unknown>): void {
    this.tree = tree
    for (const changed of this.watchers) changed()
  }
}

async function problemsOf(work: Promise<unknown>): Promise<{ problems: readonly ConfigProblem[]; message: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ServiceError, 'it should have been refused')
  assert.equal(error.code, 'INVALID_CONFIG')
  return { problems: error.details?.problems as ConfigProblem[], message: error.message }
}

describe('loading', () => {
  it('gives typed, frozen settings from all sources', async () => {
    const env = { ORDERS__PORT: '9000', ORDERS__DATABASE__POOL_SIZE: '7' }
    const config = await loadConfig(schema, {
      sources: [
        defaults(good),
        environmentSource({ prefix: 'ORDERS', env }),
        overrides({ database: { url: 'other' } }),
      ],
    })
    assert.deepEqual(config.value, {
      port: 9000,
      database: { url: 'other', password: 'hunter2hunter2', poolSize: 7 },
    })
    assert.equal(config.snapshot.number, 1)
    assert.throws(() => {
      ;(config.value.database as { url: string }).url = 'x'
    }, TypeError)
  })

  it('reports every problem at once, with path, place and rule, and never a value', async () => {
    const env = {
      ORDERS__PORT: '123456789',
      ORDERS__DATABASE__PASSWORD: 'short-1',
      ORDERS__DATABASE__POOL_SIZE: 'many',
    }
    const sources = [environmentSource({ prefix: 'ORDERS', env })]
    const { problems, message } = await problemsOf(loadConfig(schema, { sources }))
    assert.deepEqual(
      problems.map(({ path, origin, rule }) => ({ path, origin, rule })),
      [
        { path: 'port', origin: 'ORDERS__PORT', rule: 'too_big' },
        { path: 'database.url', origin: '', rule: 'invalid_type' },
        { path: 'database.password', origin: 'ORDERS__DATABASE__PASSWORD', rule: 'too_small' },
        { path: 'database.poolSize', origin: 'ORDERS__DATABASE__POOL_SIZE', rule: 'invalid_type' },
      ],
    )
    assert.match(problems[1]?.message ?? '', /; set ORDERS__DATABASE__URL$/)
    for (const value of ['123456789', 'short-1', 'many']) assert.ok(!message.includes(value), message)
    assert.equal(message.split('\n').length, 5)
  })

  it('reports sources that cannot be read beside settings that are wrong', async () => {
    const broken = new TestSource({})
    broken.failure = new Error('no route to etcd')
    const { problems } = await problemsOf(loadConfig(schema, { sources: [defaults({ port: 0 }), broken] }))
    assert.deepEqual(
      problems.map(({ path, origin, rule }) => ({ path, origin, rule })),
      [
        { path: '', origin: 'test', rule: 'unreadable' },
        { path: 'port', origin: 'defaults:port', rule: 'too_small' },
      ],
    )
  })

  it('gives up a source that does not answer', async () => {
    const clock = new ManualClock()
    const source = new TestSource(good)
    source.load = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const loading = problemsOf(loadConfig(schema, { sources: [source], clock, readTimeoutMs: 500 }))
    await clock.advance(500)
    assert.match((await loading).problems[0]?.message ?? '', /deadline/)
  })
})

describe('following the sources', () => {
  it('gives each accepted change the next number and tells it once, with the settings before', async () => {
    const source = new TestSource(good)
    const config = await loadConfig(schema, { sources: [source] })
    const seen: [number, number][] = []
    const unsubscribe = config.onChange((value, previous) => seen.push([value.port, previous.port]))
    source.tree = { ...good, port: 9 }
    assert.equal(await config.reload(), 'accepted')
    assert.equal(await config.reload(), 'unchanged')
    unsubscribe()
    source.tree = { ...good, port: 10 }
    assert.equal(await config.reload(), 'accepted')
    assert.deepEqual(seen, [[9, 8080]])
    assert.deepEqual([config.snapshot.number, config.value.port], [3, 10])
  })

  it('keeps the last good settings while new ones are invalid or cannot be read, says so, and recovers', async () => {
    const source = new TestSource(good)
    const sink = new MemorySink()
    const meter = new Registry()
    const config = await loadConfig(schema, { sources: [source], logger: createJsonLogger({ sink }), meter })
    source.tree = { ...good, port: 'eighty-eighty' }
    assert.equal(await config.reload(), 'rejected')
    assert.equal(config.value.port, 8080)
    assert.equal(config.rejection?.code, 'INVALID_CONFIG')
    assert.equal((await config.health?.(new AbortController().signal))?.status, 'DEGRADED')
    assert.equal(config.describe().rejected?.[0]?.path, 'port')
    assert.ok(!sink.lines.join('').includes('eighty-eighty'))
    source.failure = new Error('gone')
    assert.equal(await config.reload(), 'rejected')
    source.failure = undefined
    source.tree = good
    assert.equal(await config.reload(), 'unchanged')
    assert.equal(config.rejection, undefined)
    assert.equal((await config.health?.(new AbortController().signal))?.status, 'UP')
    const metrics = prometheusText(meter.snapshot())
    assert.match(metrics, /config_reloads_total\{outcome="rejected"\} 2\n/)
    assert.match(metrics, /config_snapshot_number 1\n/)
  })

  it('watches from start to stop', async () => {
    const source = new TestSource(good)
    const config = await loadConfig(schema, { sources: [source] })
    source.change({ ...good, port: 1 })
    assert.equal(source.loads, 1, 'not before the start')
    await config.start?.(new AbortController().signal)
    const changed = new Promise<number>((resolve) => config.onChange(({ port }) => resolve(port)))
    source.change({ ...good, port: 2 })
    assert.equal(await changed, 2)
    await config.stop?.(new AbortController().signal)
    assert.equal(source.watchers.size, 0)
  })

  it('reads again what changed while it was reading, and never twice at a time', async () => {
    const source = new TestSource(good)
    const config = await loadConfig(schema, { sources: [source] })
    const { promise, resolve } = Promise.withResolvers<void>()
    source.gate = promise
    source.tree = { ...good, port: 1 }
    const first = config.reload()
    source.tree = { ...good, port: 2 }
    const others = [config.reload(), config.reload(), config.reload()]
    resolve()
    await Promise.all([first, ...others])
    assert.equal(config.value.port, 2)
    assert.equal(source.loads, 3)
  })

  it('is not disturbed by a listener that throws', async () => {
    const source = new TestSource(good)
    const config = await loadConfig(schema, { sources: [source] })
    const seen: number[] = []
    config.onChange(() => {
      throw new Error('listener')
    })
    config.onChange(({ port }) => seen.push(port))
    source.tree = { ...good, port: 1 }
    assert.equal(await config.reload(), 'accepted')
    assert.deepEqual(seen, [1])
  })

  it('does not report a reading that the stop cut off', async () => {
    const source = new TestSource(good)
    const config = await loadConfig(schema, { sources: [source] })
    source.load = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const reloading = config.reload()
    await Promise.resolve()
    await config.stop?.(new AbortController().signal)
    assert.equal(await reloading, 'unchanged')
    assert.equal(config.rejection, undefined)
  })

  it('warns of settings that have no effect', async () => {
    const sink = new MemorySink()
    const config = await loadConfig(schema, {
      sources: [defaults({ ...good, prot: 1 })],
      logger: createJsonLogger({ sink }),
    })
    assert.deepEqual(sink.records[0]?.settings, ['defaults:prot'])
    assert.deepEqual(config.describe().unknown, ['defaults:prot'])
  })
})

describe('a description', () => {
  it('shows each value in effect and where it comes from, and no secret', async () => {
    const config = await loadConfig(
      z.object({
        port: z.int(),
        database: z.object({ url: z.string(), password: z.string(), poolSize: z.int().default(5) }),
        license: z.string(),
        stripe: z.object({ key: z.string(), account: z.string() }),
        upstreams: z.array(z.object({ host: z.string(), token: z.string() })),
        since: z.coerce.date(),
      }),
      {
        clock: new ManualClock(Date.UTC(2030, 0, 1)),
        secrets: ['stripe'],
        sources: [
          defaults({
            port: 8080,
            license: secret('XYZ'),
            stripe: { key: 'sk', account: 'a' },
            upstreams: [{ host: 'a', token: 't' }],
            since: '2029-01-01',
          }),
          environmentSource({
            variables: { PORT: 'port', DATABASE_URL: 'database.url', DATABASE_PASSWORD: 'database.password' },
            env: {
              PORT: '9000',
              DATABASE_URL: 'postgres://orders:hunter2@db:5432/orders',
              DATABASE_PASSWORD: 'hunter2',
            },
          }),
        ],
      },
    )
    assert.equal(config.value.license, 'XYZ')
    const description = config.describe()
    assert.deepEqual(JSON.parse(JSON.stringify(description)), description)
    assert.ok(!JSON.stringify(description).match(/hunter2|XYZ|sk"|"t"/))
    assert.deepEqual(description, {
      snapshot: 1,
      acceptedAt: '2030-01-01T00:00:00.000Z',
      unknown: [],
      settings: [
        { path: 'database.password', value: '[secret]', origin: 'DATABASE_PASSWORD' },
        { path: 'database.poolSize', value: 5, origin: 'default' },
        { path: 'database.url', value: 'postgres://orders:[secret]@db:5432/orders', origin: 'DATABASE_URL' },
        { path: 'license', value: '[secret]', origin: 'defaults:license' },
        { path: 'port', value: 9000, origin: 'PORT', overridden: ['defaults:port'] },
        { path: 'since', value: String(new Date('2029-01-01')), origin: 'defaults:since' },
        { path: 'stripe.account', value: '[secret]', origin: 'defaults:stripe.account' },
        { path: 'stripe.key', value: '[secret]', origin: 'defaults:stripe.key' },
        { path: 'upstreams', value: [{ host: 'a', token: '[secret]' }], origin: 'defaults:upstreams' },
      ],
    })
  })
})
