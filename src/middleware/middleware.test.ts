import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { createApp } from '../http/app.ts'
import { createTracer } from '../telemetry/create-tracer.ts'
import { MemorySpans } from '../telemetry/exporters/memory-spans.ts'
import { openMetricsText } from '../telemetry/exporters/open-metrics.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import type { LogFields, Logger, LogLevel } from '../telemetry/logger.ts'
import { noopTracer } from '../telemetry/noop-tracer.ts'
import { Registry } from '../telemetry/registry.ts'
import { alwaysOff, alwaysOn } from '../telemetry/sampler.ts'
import { accessLog } from './access-log.ts'
import { basicAuth } from './basic-auth.ts'
import { bodyLimit } from './body-limit.ts'
import { compression } from './compression.ts'
import { cors } from './cors.ts'
import { metrics } from './metrics.ts'
import { recover } from './recover.ts'
import { requestId } from './request-id.ts'
import { secureHeaders } from './secure-headers.ts'
import { staticFiles } from './static-files.ts'
import { timeout } from './timeout.ts'
import { tracing } from './tracing.ts'

interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

function recordingLogger(lines: Line[]): Logger {
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void =>
    void lines.push({ level, message, fields })
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => log(level, message, fields)
  const logger: Logger = {
    level: 'trace',
    isEnabled: () => true,
    log,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => logger,
  }
  return logger
}

describe('recover', () => {
  it('answers a throw with 500, keeps its text inside and logs it once', async () => {
    const lines: Line[] = []
    const app = createApp()
    app.use(recover({ log: recordingLogger(lines) }))
    app.get('/boom', () => {
      throw new TypeError('password=hunter2')
    })
    const answer = await app.request('/boom')
    assert.equal(answer.status, 500)
    assert.ok(!(await answer.text()).includes('hunter2'))
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.level, 'error')
    assert.equal(lines[0]?.fields.route, '/boom')
  })

  it('tells what the caller did wrong at debug level, whether thrown or rejected', async () => {
    const lines: Line[] = []
    const app = createApp()
    app.use(recover({ log: recordingLogger(lines) }))
    app.get('/gone', async () => {
      throw new ServiceError('ORDER_GONE', 'The order was deleted.', { status: 410 })
    })
    const answer = await app.request('/gone')
    assert.equal(answer.status, 410)
    assert.equal(lines[0]?.level, 'debug')
    assert.equal(lines[0]?.fields.code, 'ORDER_GONE')
  })
})

describe('requestId', () => {
  const cases = [
    { sent: 'abc_DEF-123', taken: true, why: 'it is what callers may send' },
    { sent: 'a'.repeat(64), taken: true, why: '64 characters are the limit' },
    { sent: 'a'.repeat(65), taken: false, why: 'it is too long' },
    { sent: 'a b', taken: false, why: 'a blank would split a log field' },
    { sent: '<script>', taken: false, why: 'it may be shown on a page' },
    { sent: undefined, taken: false, why: 'none was sent' },
  ]
  for (const { sent, taken, why } of cases) {
    it(`${taken ? 'takes' : 'makes its own in place of'} ${sent?.slice(0, 12) ?? 'nothing'}: ${why}`, async () => {
      const app = createApp()
      app.use(requestId())
      app.get('/', (c) => c.text(c.id))
      const answer = await app.request('/', sent === undefined ? {} : { headers: { 'x-request-id': sent } })
      const id = answer.headers.get('x-request-id')
      assert.equal(await answer.text(), id)
      assert.equal(id === sent, taken)
      assert.match(id ?? '', /^[A-Za-z0-9_-]{1,64}$/)
    })
  }
})

describe('tracing', () => {
  it('continues the caller’s trace in a span of its own', async () => {
    const app = createApp()
    app.use(tracing({ tracer: noopTracer }))
    app.get('/', (c) => c.json({ traceId: c.trace?.traceId, spanId: c.trace?.spanId }))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const answer = await app.request('/', { headers: { traceparent } })
    const { traceId, spanId } = (await answer.json()) as { traceId: string; spanId: string }
    assert.equal(traceId, '0af7651916cd43dd8448eb211c80319c')
    assert.notEqual(spanId, 'b7ad6b7169203331')
  })
})

describe('accessLog', () => {
  it('tells method, path without query, route, status and duration', async () => {
    const lines: Line[] = []
    const clock = new ManualClock()
    const app = createApp()
    app.use(accessLog({ log: recordingLogger(lines), clock }))
    app.get('/users/:id', async (c) => {
      await clock.advance(25)
      return c.text('ok')
    })
    await app.request('/users/7?token=secret')
    const { method, path, route, status, duration_ms } = lines[0]?.fields ?? {}
    assert.deepEqual([method, path, route, status, duration_ms], ['GET', '/users/7', '/users/:id', 200, 25])
    assert.ok(!JSON.stringify(lines).includes('secret'))
  })
})

describe('metrics', () => {
  it('counts by route, never by path, and what no route answers as unmatched', async () => {
    const meter = new Registry()
    const app = createApp()
    app.use(metrics({ meter }))
    app.get('/users/:id', (c) => c.text('ok'))
    for (const path of ['/users/1', '/users/2', '/nobody', '/nothing']) await app.request(path)
    await app.request('/users/1', { method: 'BREW' })
    const text = prometheusText(meter.snapshot())
    assert.match(text, /http_requests_total\{method="GET",route="\/users\/:id",status="200"\} 2\n/)
    assert.match(text, /http_requests_total\{method="GET",route="unmatched",status="404"\} 2\n/)
    assert.match(text, /http_requests_total\{method="other",route="unmatched",status="405"\} 1\n/)
    assert.match(text, /http_request_duration_seconds_count\{method="GET",route="\/users\/:id"\} 2\n/)
    assert.match(text, /http_requests_in_flight 0\n/)
  })

  it('shows the trace of a request that is kept beside its duration, and none of one that is not', async () => {
    for (const { sampler, count, why } of [
      { sampler: alwaysOn, count: 1, why: 'it is kept' },
      { sampler: alwaysOff, count: 0, why: 'nobody would find it' },
    ]) {
      const sink = new MemorySpans()
      const meter = new Registry()
      const app = createApp()
      app.use(tracing({ tracer: createTracer({ sink, sampler }) }), metrics({ meter }))
      app.get('/', (c) => c.text('ok'))
      await app.request('/')
      const ids = openMetricsText(meter.snapshot()).matchAll(
        /_bucket\{[^}]*\} 1 # \{trace_id="(\w+)",span_id="(\w+)"\}/g,
      )
      const kept = sink.records.map(({ context }) => [context.traceId, context.spanId])
      assert.deepEqual(
        Array.from(ids, ([, traceId, spanId]) => [traceId, spanId]),
        kept,
        why,
      )
      assert.equal(kept.length, count)
    }
  })

  it('counts a throw that passes through as 500', async () => {
    const meter = new Registry()
    const app = createApp()
    app.use(metrics({ meter }))
    app.get('/', () => {
      throw new Error('boom')
    })
    await app.request('/')
    assert.match(prometheusText(meter.snapshot()), /http_requests_total\{method="GET",route="\/",status="500"\} 1\n/)
  })
})

describe('cors', () => {
  const shop = 'https://shop.example'
  const appWith = (options: Parameters<typeof cors>[0]) => {
    const app = createApp()
    app.use(cors(options))
    app.get('/', (c) => c.text('ok'))
    return app
  }

  it('answers the preflight of a listed origin', async () => {
    const answer = await appWith({ origins: [shop], credentials: true }).request('/', {
      method: 'OPTIONS',
      headers: { origin: shop, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a' },
    })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('access-control-allow-origin'), shop)
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true')
    assert.match(answer.headers.get('access-control-allow-methods') ?? '', /PUT/)
    assert.equal(answer.headers.get('access-control-allow-headers'), 'x-a')
    assert.equal(answer.headers.get('vary'), 'origin')
  })

  it('says nothing to an origin that is not listed', async () => {
    const answer = await appWith({ origins: [shop] }).request('/', { headers: { origin: 'https://evil.example' } })
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
    assert.equal(answer.headers.get('vary'), 'origin')
  })

  it('is the same for all with a star, and needs no vary then', async () => {
    const answer = await appWith({ origins: '*' }).request('/', { headers: { origin: shop } })
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('vary'), null)
  })

  it('refuses a star with credentials', () => {
    assert.throws(() => cors({ origins: '*', credentials: true }), { code: 'BAD_CORS' })
  })
})

describe('secureHeaders', () => {
  it('adds what is missing and leaves what a handler has set', async () => {
    const app = createApp()
    app.use(secureHeaders())
    app.get('/', (c) => c.header('x-frame-options', 'SAMEORIGIN').text('ok'))
    const { headers } = await app.request('/')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')
    assert.equal(headers.get('strict-transport-security'), null)
  })
})

describe('timeout', () => {
  it('answers 504 for a handler that takes too long', async () => {
    const clock = new ManualClock()
    const app = createApp({ clock })
    app.get('/slow', timeout(50), () => new Promise<undefined>(() => {}))
    const asked = app.request('/slow')
    await clock.advance(50)
    assert.equal((await asked).status, 504)
  })
})

describe('bodyLimit', () => {
  it('refuses a larger body with 413', async () => {
    const app = createApp()
    app.post('/notes', bodyLimit(4), async (c) => c.text(await c.raw.text()))
    assert.equal((await app.request('/notes', { method: 'POST', body: '1234' })).status, 200)
    assert.equal((await app.request('/notes', { method: 'POST', body: '12345' })).status, 413)
  })
})

describe('compression', () => {
  const app = createApp()
  app.use(compression())
  app.get('/long', (c) => c.text('genever '.repeat(500)))
  app.get('/later', async (c) => c.text('genever '.repeat(500)))
  app.get('/short', (c) => c.text('genever'))

  for (const path of ['/long', '/later']) {
    it(`sends ${path} in a coding that the client takes`, async () => {
      const answer = await app.request(path, { headers: { 'accept-encoding': 'gzip' } })
      assert.equal(answer.headers.get('content-encoding'), 'gzip')
      assert.equal(answer.headers.get('vary'), 'accept-encoding')
      assert.equal(gunzipSync(await answer.arrayBuffer()).toString(), 'genever '.repeat(500))
    })
  }

  it('leaves a short answer, and one for a client that takes none', async () => {
    const short = await app.request('/short', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(short.headers.get('content-encoding'), null)
    assert.equal((await app.request('/long')).headers.get('content-encoding'), null)
  })
})

describe('staticFiles', () => {
  const app = createApp()
  const here = fileURLToPath(new URL('.', import.meta.url))
  app.use(staticFiles(here, { prefix: '/source' }))
  app.get('/source/made', (c) => c.text('by a handler'))

  const cases = [
    { path: '/source/timeout.ts', status: 200, why: 'it is a file there' },
    { path: '/source/made', status: 200, why: 'it is no file, and a handler answers' },
    { path: '/source/..%2f..%2fpackage.json', status: 404, why: 'it leads out of the folder' },
    { path: '/timeout.ts', status: 404, why: 'it is not under the prefix' },
  ]
  for (const { path, status, why } of cases) {
    it(`answers ${status} for ${path}: ${why}`, async () => {
      assert.equal((await app.request(path)).status, status)
    })
  }
})

describe('basicAuth', () => {
  const app = createApp()
  app.get('/', basicAuth({ verify: (name, password) => name === 'ada' && password === 'a:b' }), (c) =>
    c.text(c.state.userName),
  )

  const cases = [
    { header: `Basic ${btoa('ada:a:b')}`, status: 200, why: 'a password may hold a colon' },
    { header: `basic ${btoa('ada:a:b')}`, status: 200, why: 'the scheme is case-insensitive' },
    { header: `Basic ${btoa('ada:wrong')}`, status: 401, why: 'the password is wrong' },
    { header: `Basic ${btoa('ada')}`, status: 401, why: 'there is no colon' },
    { header: 'Basic !!!', status: 401, why: 'it is not base64' },
    { header: undefined, status: 401, why: 'nothing was sent' },
  ]
  for (const { header, status, why } of cases) {
    it(`answers ${status}: ${why}`, async () => {
      const answer = await app.request('/', header === undefined ? {} : { headers: { authorization: header } })
      assert.equal(answer.status, status)
      assert.equal(answer.headers.has('www-authenticate'), status === 401)
    })
  }
})
