import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HealthReport } from '../health/health-report.ts'
import { fromJsonSchema } from '../schema/json-schema.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { createService } from './service.ts'

interface Settings {
  readonly currency: string
}

const settings = fromJsonSchema<Settings>(
  { type: 'object', properties: { currency: { type: 'string', default: 'EUR' } }, required: ['currency'] },
  (value) => (Object(value).currency === undefined ? [{ path: ['currency'], message: 'is missing' }] : []),
)

const quiet = { log: noopLogger }

describe('a service that is only declared', () => {
  it('says everything about itself as plain JSON', () => {
    const service = createService({
      name: 'orders',
      version: '1.2.3',
      slo: { availability: 0.999 },
      scale: { max: 20 },
      config: { schema: settings, variables: { CURRENCY: 'currency' } },
      components: [{ name: 'database' }],
    })
    service.add({ name: 'relay' }, { singleton: true })
    service.onWarmup('catalogue', () => {})
    service.http.get('/orders/:id', { summary: 'One order', responses: { 200: settings } }, (c) =>
      c.json({ currency: 'EUR' }),
    )

    const { routes, config, ...rest } = service.declaration
    assert.deepEqual(rest, {
      format: 'genever.service/v1',
      name: 'orders',
      version: '1.2.3',
      ports: { http: 8080, admin: 9090 },
      probes: {
        startup: { port: 'admin', path: '/startupz' },
        live: { port: 'admin', path: '/livez' },
        ready: { port: 'admin', path: '/readyz' },
      },
      slo: { availability: 0.999 },
      scale: { min: 2, max: 20, cpu: 0.7 },
      shutdown: { graceMs: 30_000, unreadyMs: 5_000 },
      engine: 'sockets',
      workers: 1,
      components: [
        { name: 'config', singleton: false },
        { name: 'slo', singleton: false },
        { name: 'database', singleton: false },
        { name: 'relay', singleton: true },
      ],
      warmup: ['catalogue'],
    })
    assert.equal(config?.prefix, 'ORDERS')
    assert.deepEqual(
      routes.map(({ method, path, summary }) => [method, path, summary]),
      [['GET', '/orders/:id', 'One order']],
    )
    assert.deepEqual(JSON.parse(JSON.stringify(service.declaration)), service.declaration)
  })

  it('answers in a test, with the layers that every service has', async () => {
    const service = createService({ name: 'orders', ...quiet })
    service.http.get('/fail', () => {
      throw new Error('password=hunter2')
    })
    const answer = await service.http.request('/fail', { headers: { 'x-request-id': 'abc' } })
    assert.equal(answer.status, 500)
    assert.equal(answer.headers.get('x-request-id'), 'abc')
    assert.ok(!(await answer.text()).includes('hunter2'))
  })

  it('has none of those layers if it wants none', async () => {
    const service = createService({ name: 'orders', middleware: false })
    service.http.get('/', (c) => c.text('ok'))
    const answer = await service.http.request('/')
    assert.equal(answer.headers.get('x-request-id'), null)
  })

  it('has no settings yet', () => {
    const service = createService({ name: 'orders', config: { schema: settings } })
    assert.throws(() => service.config, { code: 'CONFIG_NOT_LOADED' })
  })

  for (const options of [
    { name: 'Orders' },
    { name: 'orders', slo: { availability: 99.9 } },
    { name: 'orders', scale: { min: 0.5 } },
  ]) {
    it(`refuses ${JSON.stringify(options)} at once`, () => {
      assert.throws(() => createService(options), { code: 'BAD_SERVICE' })
    })
  }
})

describe('a service that has been started', () => {
  it('serves, and tells on its admin port how it is', async () => {
    const service = createService({ name: 'orders', version: '1.2.3', ...quiet })
    service.http.get('/hello/:name', (c) => c.json({ hello: c.params.name }))
    service.add({ name: 'cache', health: () => ({ status: 'DOWN', error: 'refused' }) }, { critical: false })
    const running = await service.start()
    try {
      assert.deepEqual(await (await fetch(`${running.url}/hello/ada`)).json(), { hello: 'ada' })
      for (const probe of ['/livez', '/readyz', '/startupz']) {
        assert.equal((await fetch(running.adminUrl + probe)).status, 200, probe)
      }
      const health = await healthOf(running.adminUrl)
      assert.deepEqual([health.status, health.service, health.version], ['DEGRADED', 'orders', '1.2.3'])
      assert.equal(health.components.cache?.error, 'refused')
      const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
      assert.match(metrics, /http_requests_total\{method="GET",route="\/hello\/:name",status="200"\} 1/)
    } finally {
      await running.stop()
    }
    await assert.rejects(fetch(running.url))
    await assert.rejects(fetch(running.adminUrl))
  })

  it('is not ready while a part is down that it cannot do without', async () => {
    const service = createService({ name: 'orders', ...quiet })
    service.add({ name: 'database', health: () => ({ status: 'DOWN', error: 'refused' }) })
    const running = await service.start()
    try {
      assert.equal((await fetch(`${running.adminUrl}/readyz`)).status, 503)
      assert.equal((await fetch(`${running.adminUrl}/health`)).status, 503)
      assert.equal((await fetch(`${running.adminUrl}/livez`)).status, 200)
    } finally {
      await running.stop()
    }
  })

  it('serves on while it says that it is not ready, then ends requests before components', async () => {
    const order: string[] = []
    const service = createService({ name: 'orders', shutdown: { unreadyMs: 300 }, ...quiet })
    service.add({ name: 'database', drain: () => void order.push('drain'), stop: () => void order.push('stop') })
    const slow = Promise.withResolvers<void>()
    service.http.get('/slow', async (c) => {
      await slow.promise
      order.push('answer')
      return c.text('done')
    })
    const running = await service.start()
    const answer = fetch(`${running.url}/slow`)
    while (!(await metricsOf(running.adminUrl)).includes('http_requests_in_flight 1'));
    const stopping = running.stop()
    assert.equal((await fetch(`${running.adminUrl}/readyz`)).status, 503)
    assert.equal((await fetch(`${running.url}/openapi.json`)).status, 200)
    setTimeout(slow.resolve, 350)
    assert.equal(await (await answer).text(), 'done')
    assert.deepEqual(await stopping, { droppedRequests: 0, failures: [] })
    assert.deepEqual(order, ['answer', 'drain', 'stop'])
  })

  it('drops what is not done in time, and says so', async () => {
    const service = createService({ name: 'orders', shutdown: { graceMs: 300 }, ...quiet })
    const reached = Promise.withResolvers<void>()
    service.http.get('/hang', () => {
      reached.resolve()
      return new Promise<never>(() => {})
    })
    const running = await service.start()
    const answer = assert.rejects(fetch(`${running.url}/hang`))
    await reached.promise
    assert.equal((await running.stop()).droppedRequests, 1)
    await answer
  })

  it('warms up before it is ready, and again for whoever has the token', async () => {
    let rounds = 0
    const service = createService({ name: 'orders', ...quiet })
    service.onWarmup('cache', () => void rounds++)
    const running = await service.start({ adminToken: 'secret' })
    const warmup = async (authorization: string): Promise<number> => {
      const answer = await fetch(`${running.adminUrl}/warmup`, { method: 'POST', headers: { authorization } })
      return answer.status
    }
    try {
      assert.equal(rounds, 1)
      assert.equal(await warmup('Bearer wrong'), 401)
      assert.equal(await warmup('Bearer secret'), 200)
      assert.equal(rounds, 2)
    } finally {
      await running.stop()
    }
  })

  it('stops what had started when something cannot', async () => {
    const order: string[] = []
    const service = createService({ name: 'orders', ...quiet })
    service.add({ name: 'database', start: () => void order.push('start'), stop: () => void order.push('stop') })
    service.onWarmup('cache', () => Promise.reject(new Error('no cache')))
    await assert.rejects(service.start(), { code: 'WARMUP_FAILED' })
    assert.deepEqual(order, ['start', 'stop'])
  })

  it('starts once', async () => {
    const service = createService({ name: 'orders', ...quiet })
    await (await service.start()).stop()
    await assert.rejects(service.start(), { code: 'SERVICE_STARTED' })
  })

  it('runs with what a test puts in the place of a component', async () => {
    const service = createService({ name: 'orders', ...quiet })
    service.add({ name: 'database', start: () => assert.fail('it was replaced') })
    service.replace({ name: 'database', health: () => ({ status: 'DEGRADED' }) })
    const running = await service.start()
    const health = await healthOf(running.adminUrl)
    assert.equal(health.status, 'DEGRADED')
    await running.stop()
  })

  it('has the settings that a test gives, and refuses wrong ones', async () => {
    const service = createService({ name: 'orders', config: { schema: settings }, ...quiet })
    const running = await service.start({ config: { currency: 'CHF' } })
    assert.equal(service.config.value.currency, 'CHF')
    await running.stop()
    const other = createService({ name: 'orders', config: { schema: settings }, ...quiet })
    await assert.rejects(other.start(), { code: 'INVALID_CONFIG', message: /currency/ })
  })

  it('prints its operations in development, and in production only when asked', async () => {
    const printed = async (options: { openapi?: boolean }, mode: 'development' | 'production'): Promise<number[]> => {
      const service = createService({ name: 'orders', shutdown: { unreadyMs: 0 }, ...options, ...quiet })
      const running = await service.start({ mode, host: '127.0.0.1', adminHost: '127.0.0.1' })
      const answers = await Promise.all(['/openapi.json', '/docs'].map((path) => fetch(running.url + path)))
      await running.stop()
      return answers.map(({ status }) => status)
    }
    assert.deepEqual(await printed({}, 'development'), [200, 200])
    assert.deepEqual(await printed({}, 'production'), [404, 404])
    assert.deepEqual(await printed({ openapi: true }, 'production'), [200, 200])
    assert.deepEqual(await printed({ openapi: false }, 'development'), [404, 404])
  })

  it('logs requests in development only', async () => {
    const linesIn = async (mode: 'development' | 'production'): Promise<number> => {
      const sink = new MemorySink()
      const service = createService({ name: 'orders', shutdown: { unreadyMs: 0 }, log: createJsonLogger({ sink }) })
      service.http.get('/', (c) => c.text('ok'))
      const running = await service.start({ mode, host: '127.0.0.1', adminHost: '127.0.0.1' })
      await (await fetch(running.url)).text()
      await running.stop()
      return sink.records.filter(({ message }) => message === 'request').length
    }
    assert.equal(await linesIn('development'), 1)
    assert.equal(await linesIn('production'), 0)
  })
})

describe('a service that promises something', () => {
  async function healthAfterFailures(options: { middleware?: false | { metrics: false } }): Promise<HealthReport> {
    const service = createService({ name: 'orders', slo: { availability: 0.99 }, ...options, ...quiet })
    service.http.get('/', (c) => c.text('broken', 500))
    const running = await service.start()
    for (let i = 0; i < 5; i++) await (await fetch(running.url)).text()
    const health = await healthOf(running.adminUrl)
    assert.equal((await fetch(`${running.adminUrl}/readyz`)).status, 200)
    await running.stop()
    return health
  }

  it('shows its error budget in /health, and that it burns, without becoming unready', async () => {
    const { status, components } = await healthAfterFailures({})
    assert.equal(status, 'DEGRADED')
    const { slo } = components
    assert.deepEqual([slo?.status, slo?.critical], ['DEGRADED', false])
    const rates = { '5m': 100, '30m': 100, '1h': 100, '6h': 100 }
    assert.deepEqual(slo?.details, {
      availability: { target: 0.99, requests: 5, failures: 5, remaining: -99, burnRates: rates },
    })
  })

  it('says nothing of it where requests are not measured', async () => {
    for (const middleware of [false, { metrics: false }] as const) {
      const { components } = await healthAfterFailures({ middleware })
      assert.deepEqual(Object.keys(components), ['admission'])
    }
  })
})

describe('a service that only warms up', () => {
  it('starts its components, runs its hooks and stops again, and leads nothing', async () => {
    const order: string[] = []
    const service = createService({ name: 'orders', ...quiet })
    service.add({ name: 'cache', start: () => void order.push('start'), stop: () => void order.push('stop') })
    service.add({ name: 'relay', start: () => assert.fail('only who serves may lead') }, { singleton: true })
    service.onWarmup('fill', () => void order.push('fill'))
    const [run] = await service.warmup()
    assert.equal(run?.hook, 'fill')
    assert.deepEqual(order, ['start', 'fill', 'stop'])
  })
})

async function metricsOf(adminUrl: string): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text()
}

async function healthOf(adminUrl: string): Promise<HealthReport> {
  return (await (await fetch(`${adminUrl}/health`)).json()) as HealthReport
}
