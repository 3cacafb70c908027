/** Limits at the front of handlers: whose they are, what the answers say, and what happens when a store fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { createApp } from '../http/app.ts'
import { breaker } from '../resilience/breaker.ts'
import { bulkhead } from '../resilience/bulkhead.ts'
import { retry } from '../resilience/retry.ts'
import { memoryLimiterStore } from '../resilience/stores/memory.ts'
import { protect } from './protect.ts'
import { type RateLimitLayerOptions, rateLimit } from './rate-limit.ts'

function limitedApp(options: Partial<RateLimitLayerOptions> = {}) {
  const clock = new ManualClock()
  const app = createApp({ clock, trustedPeers: { networks: ['loopback'] }, trustedProxies: ['loopback'] })
  app.use(rateLimit({ limit: 2, windowMs: 10_000, store: memoryLimiterStore({ clock }), ...options }))
  app.get('/a', () => 'a')
  app.get('/b', () => 'b')
  return { app, clock }
}

interface Asked {
  readonly path?: string
  readonly headers?: Record<string, string>
}

async function statuses(app: ReturnType<typeof createApp>, asked: readonly Asked[]): Promise<number[]> {
  const found: number[] = []
  for (const { path = '/a', headers = {} } of asked) found.push((await app.request(path, { headers })).status)
  return found
}

const from = (address: string): Asked => ({ headers: { 'x-forwarded-for': address } })
const of = (tenant: string): Asked => ({ headers: { 'x-tenant-id': tenant } })

describe('rateLimit', () => {
  it('believes nobody else who says on whose behalf it asks', async () => {
    const app = createApp({ trustedPeers: { networks: ['203.0.113.0/24'] } })
    app.use(rateLimit({ limit: 2, windowMs: 60_000 }))
    app.get('/a', () => 'a')
    assert.deepEqual(await statuses(app, [of('a'), of('b'), of('c')]), [200, 200, 429])
  })

  it('says what is left, and when to come back', async () => {
    const { app, clock } = limitedApp()
    const first = await app.request('/a')
    assert.equal(first.headers.get('ratelimit-policy'), '"default";q=2;w=10')
    assert.equal(first.headers.get('ratelimit'), '"default";r=1;t=5')
    assert.equal(first.headers.get('retry-after'), null)
    await app.request('/a')
    const refused = await app.request('/a')
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('ratelimit'), '"default";r=0;t=5')
    assert.equal(refused.headers.get('retry-after'), '5')
    const { code, retryAfterMs } = (await refused.json()) as { code: string; retryAfterMs: number }
    assert.deepEqual([code, retryAfterMs], ['RATE_LIMITED', 5_000])
    await clock.advance(5_000)
    assert.equal((await app.request('/a')).status, 200)
  })

  const rows: readonly { options: Partial<RateLimitLayerOptions>; asked: Asked[]; expected: number[]; why: string }[] =
    [
      {
        options: {},
        asked: [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.2')],
        expected: [200, 200, 429, 200],
        why: 'each client has its own',
      },
      {
        options: { by: 'all' },
        asked: [from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')],
        expected: [200, 200, 429],
        why: 'all have one together',
      },
      {
        options: {},
        asked: [of('a'), of('a'), of('a'), of('b'), {}, {}, {}],
        expected: [200, 200, 429, 200, 200, 200, 429],
        why: 'each tenant has its own as well; who is none, by its address',
      },
      {
        options: { by: 'client' },
        asked: [of('a'), of('b'), of('c')],
        expected: [200, 200, 429],
        why: 'of one client, on whose behalf it may ask',
      },
      {
        options: { by: (c) => c.raw.header('x-key') },
        asked: [{}, {}, {}, { headers: { 'x-key': '1' } }],
        expected: [200, 200, 200, 200],
        why: 'nobody is limited who has no key',
      },
      {
        options: { perRoute: true },
        asked: [{}, {}, {}, { path: '/b' }],
        expected: [200, 200, 429, 200],
        why: 'each route counts by itself',
      },
      {
        options: { costOf: (c) => (c.path === '/b' ? 2 : 1) },
        asked: [{ path: '/b' }, {}],
        expected: [200, 429],
        why: 'some cost more',
      },
      {
        options: { limit: 6, burst: 1 },
        asked: [{}, {}],
        expected: [200, 429],
        why: 'a smaller burst',
      },
    ]
  for (const { options, asked, expected, why } of rows) {
    it(`answers ${expected}: ${why}`, async () => {
      assert.deepEqual(await statuses(limitedApp(options).app, asked), expected)
    })
  }

  it('counts two limits beside each other', async () => {
    const clock = new ManualClock()
    const store = memoryLimiterStore({ clock })
    const app = createApp({ clock })
    app.use(rateLimit({ limit: 10, store, name: 'hour' }), rateLimit({ limit: 1, store, name: 'second' }))
    app.get('/', () => 'ok')
    const answer = await app.request('/')
    assert.match(answer.headers.get('ratelimit') ?? '', /^"hour";r=9;t=\d+, "second";r=0;t=\d+$/)
    assert.equal((await app.request('/')).status, 429)
  })

  const failing = { take: () => Promise.reject(new Error('the store is away')) }
  const failures = [
    { whenStoreFails: 'allow', expected: 200, why: 'a limit does not take the service down' },
    { whenStoreFails: 'refuse', expected: 500, why: 'unless it is meant to' },
  ] as const
  for (const { whenStoreFails, expected, why } of failures) {
    it(`answers ${expected} when its store fails and it is to ${whenStoreFails}: ${why}`, async () => {
      const { app } = limitedApp({ store: failing, whenStoreFails })
      assert.deepEqual(await statuses(app, [{}]), [expected])
    })
  }

  it('refuses a name that could not be sent', () => {
    assert.throws(() => rateLimit({ limit: 1, name: 'a\nb' }), { code: 'BAD_POLICY' })
  })
})

describe('protect', () => {
  it('keeps a handler to so many at the same time', async () => {
    const app = createApp()
    const gate = Promise.withResolvers<void>()
    app.get('/', protect(bulkhead({ maxConcurrent: 1, maxQueued: 0 })), async () => {
      await gate.promise
      return 'done'
    })
    const first = app.request('/')
    // Its handler must have begun.
    await new Promise((resolve) => setImmediate(resolve))
    const second = await app.request('/')
    assert.equal(second.status, 503)
    assert.equal(((await second.json()) as { code: string }).code, 'BULKHEAD_FULL')
    gate.resolve()
    assert.equal((await first).status, 200)
  })

  it('stops asking a handler that fails, and says when to come back', async () => {
    const app = createApp()
    let made = 0
    app.get('/', protect(breaker({ minCalls: 2 })), () => {
      made++
      throw new Error('broken')
    })
    const found = await statuses(app, [{ path: '/' }, { path: '/' }, { path: '/' }])
    assert.deepEqual([found, made], [[500, 500, 503], 2])
    const refused = await app.request('/')
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  })

  it('refuses policies that would run a handler twice', () => {
    assert.throws(() => protect(retry()), { code: 'BAD_POLICY' })
  })
})
