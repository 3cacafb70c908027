import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineApi, get } from '../../api/define-api.ts'
import { client } from '../../client/client.ts'
import type { ActiveFault, FaultsView } from '../../resilience/fault/fault-registry.ts'
import { createJsonLogger } from '../../telemetry/json-logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { MemorySink } from '../../telemetry/sinks/memory.ts'
import type { RunningService } from '../running-service.ts'
import { createService, type StartOptions } from '../service.ts'

const token = 'let-it-fail'
const durationMs = 60_000

/** A service with one route, and who may make it fail. */
async function startShop(options: StartOptions = {}) {
  const service = createService({ name: 'shop', shutdown: { unreadyMs: 0 } })
  service.http.get('/orders/:id', (c) => c.json({ id: c.params.id, lines: 'x'.repeat(200) }))
  service.http.get('/stock', (c) => c.text('7'))
  const running = await service.start({ adminToken: token, log: noopLogger, ...options })
  const get = (path: string): Promise<Response> => fetch(running.url + path, { headers: { connection: 'close' } })
  return { running, get, admin: adminOf(running) }
}

function adminOf(running: RunningService) {
  return async (method: string, path: string, body?: unknown, auth = `Bearer ${token}`): Promise<Response> =>
    fetch(running.adminUrl + path, {
      method,
      headers: { ...(auth !== '' && { authorization: auth }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
}

describe('/faults on the admin port', () => {
  it('has requests fail until it is stopped, and keeps who did what', async () => {
    const { running, get, admin } = await startShop()
    const fault = {
      effect: { kind: 'error', status: 502, code: 'BAD_LUCK' },
      target: { route: '/orders/:id' },
      durationMs,
    }
    const injected = await admin('POST', '/faults?by=ada', fault)
    assert.equal(injected.status, 201)
    const { startedAt, endsAt, ...shown } = (await injected.json()) as ActiveFault
    assert.deepEqual(shown, { ...fault, id: 'f1', service: 'shop', by: 'ada', from: '127.0.0.1' })
    assert.equal(Date.parse(endsAt) - Date.parse(startedAt), durationMs)

    const failed = await get('/orders/1')
    assert.equal(failed.status, 502)
    assert.equal(failed.headers.get('x-fault'), 'f1')
    assert.equal(((await failed.json()) as { code: string }).code, 'BAD_LUCK')
    assert.equal((await get('/stock')).status, 200, 'it is about another route')

    assert.equal((await admin('DELETE', '/faults/f1?by=bob')).status, 200)
    const healed = await get('/orders/1')
    assert.equal(healed.status, 200)
    assert.equal(healed.headers.get('x-fault'), null)

    const view = (await (await admin('GET', '/faults')).json()) as FaultsView
    assert.deepEqual(view.active, [])
    assert.deepEqual(
      view.history.map(({ id, by, ended, endedBy }) => ({ id, by, ended, endedBy })),
      [{ id: 'f1', by: 'ada', ended: 'stopped', endedBy: 'bob' }],
    )
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
    assert.match(metrics, /http_requests_total\{method="GET",route="\/orders\/:id",status="502"\} 1/)
    assert.match(metrics, /fault_strikes_total\{side="requests"\} 1/)
    await running.stop()
  })

  it('says in the log who made the service fail, how, and until when', async () => {
    const sink = new MemorySink()
    const { running, admin } = await startShop({ log: createJsonLogger({ sink }) })
    await admin('POST', '/faults?by=ada', { effect: { kind: 'abort' }, durationMs })
    await admin('DELETE', '/faults?by=ada')
    await running.stop()
    const lines = sink.records.filter(({ message }) => String(message).startsWith('fault '))
    assert.deepEqual(
      lines.map(({ message, fault, by, from }) => ({ message, fault, by, from })),
      [
        { message: 'fault injected', fault: 'f1', by: 'ada', from: '127.0.0.1' },
        { message: 'fault ended', fault: 'f1', by: 'ada', from: undefined },
      ],
    )
    assert.ok(Date.parse(String(lines[0]?.until)) > Date.now())
  })

  const refusals: { auth: string; options: StartOptions; status: number; code: string; why: string }[] = [
    { auth: '', options: {}, status: 401, code: 'UNAUTHENTICATED', why: 'nobody in particular' },
    { auth: 'Bearer wrong', options: {}, status: 401, code: 'UNAUTHENTICATED', why: 'not the token' },
    {
      auth: 'Bearer x',
      options: { adminToken: undefined },
      status: 403,
      code: 'FAULTS_DISABLED',
      why: 'no token is set',
    },
    {
      auth: `Bearer ${token}`,
      options: { mode: 'production' },
      status: 404,
      code: 'NOT_FOUND',
      why: 'not in production',
    },
    { auth: `Bearer ${token}`, options: { faults: 'off' }, status: 404, code: 'NOT_FOUND', why: 'switched off' },
  ]
  for (const { auth, options, status, code, why } of refusals) {
    it(`refuses with ${status} ${code}: ${why}`, async () => {
      const { running, admin } = await startShop(options)
      for (const [method, body] of [
        ['GET'],
        ['POST', { effect: { kind: 'abort' }, durationMs }],
        ['DELETE'],
      ] as const) {
        const answer = await admin(method, '/faults', body, auth)
        assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [status, code])
      }
      await running.stop()
    })
  }

  it('works in production where it is enabled', async () => {
    const { running, get, admin } = await startShop({
      mode: 'production',
      faults: 'on',
      host: '127.0.0.1',
      adminHost: '127.0.0.1',
    })
    await admin('POST', '/faults', { effect: { kind: 'error' }, durationMs })
    assert.equal((await get('/stock')).status, 503)
    await running.stop()
  })

  it('tells all that is wrong with a fault at once', async () => {
    const { running, admin } = await startShop()
    const answer = await admin('POST', '/faults', { effect: { kind: 'latency' }, share: 2, speed: 1 })
    const { code, problems } = (await answer.json()) as { code: string; problems: string[] }
    assert.deepEqual([answer.status, code], [400, 'BAD_FAULT'])
    assert.deepEqual(
      problems.map((problem) => problem.split(':')[0]),
      ['share', 'durationMs', 'speed', 'effect.delay'],
    )
    await running.stop()
  })

  const bodies = [
    { effect: { kind: 'abort' }, sees: /socket|closed|fetch failed|ECONNRESET/i, why: 'the connection is reset' },
    {
      effect: { kind: 'cut-body', after: 0.1 },
      sees: /terminated|closed|socket|aborted/i,
      why: 'less than was announced',
    },
  ]
  for (const { effect, sees, why } of bodies) {
    it(`lets the client see that its answer is missing: ${why}`, async () => {
      const { running, get, admin } = await startShop()
      await admin('POST', '/faults', { effect, durationMs })
      await assert.rejects(
        async () => (await get('/orders/1')).text(),
        (error: Error) => {
          assert.match(`${error.message} ${error.cause ?? ''}`, sees)
          return true
        },
      )
      const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
      if (effect.kind === 'abort') assert.match(metrics, /http_requests_total\{[^}]*status="503"\} 1/)
      await running.stop()
    })
  }

  it('lets an answer trickle, and loses nothing of it', async () => {
    const { running, get, admin } = await startShop()
    const whole = await (await get('/orders/1')).text()
    await admin('POST', '/faults', { effect: { kind: 'slow-body', bytesPerSecond: 1_000 }, durationMs })
    const startedMs = performance.now()
    const answer = await get('/orders/1')
    assert.equal(answer.headers.get('content-length'), String(whole.length))
    assert.equal(await answer.text(), whole)
    assert.ok(performance.now() - startedMs > 150, 'more than 200 bytes at 1,000 in a second')
    await running.stop()
  })
})

describe('x-fault-inject', () => {
  const rows: {
    header: string
    options?: StartOptions
    trusts?: boolean
    status: number
    code?: string
    why: string
  }[] = [
    { header: 'error 502 BAD_LUCK', status: 502, code: 'BAD_LUCK', why: 'a trusted peer says so' },
    { header: 'latency 5; error 429', status: 429, code: 'FAULT_INJECTED', why: 'the one after the other' },
    { header: 'latency 5', status: 200, why: 'only later' },
    { header: 'explode', status: 400, code: 'BAD_FAULT', why: 'a slip must be seen' },
    { header: 'error 503', trusts: false, status: 200, why: 'anybody could say so' },
    { header: 'error 503', options: { faults: 'off' }, status: 200, why: 'faults are not allowed' },
  ]
  for (const { header, options, trusts = true, status, code, why } of rows) {
    it(`'${header}' is answered with ${status}: ${why}`, async () => {
      const trustedPeers = { networks: trusts ? ['loopback'] : ['10.0.0.0/8'] }
      const service = createService({ name: 'shop', trustedPeers })
      service.http.get('/stock', (c) => c.json({ stock: 7 }))
      const running = await service.start({ log: noopLogger, ...options })
      for (const _ of ['before it is loaded', 'and after']) {
        const answer = await fetch(`${running.url}/stock`, { headers: { 'x-fault-inject': header } })
        assert.deepEqual([answer.status, ((await answer.json()) as { code?: string }).code], [status, code])
      }
      await running.stop()
    })
  }
})

describe('a fault for calls', () => {
  const stockApi = defineApi({ stock: get('/stock/:sku', { responses: { 204: null } }) })

  it('fails those to one upstream, of requests of this service, and not of another in the same process', async () => {
    const inventory = createService({ name: 'inventory' })
    inventory.http.get('/stock/:sku', (c) => c.noContent())
    const stocked = await inventory.start({ log: noopLogger })
    const { url } = stocked
    const [gateway, backoffice] = await Promise.all(
      ['gateway', 'backoffice'].map(async (name) => {
        const service = createService({ name })
        const calls = client(stockApi, { service: 'inventory', resolver: { resolve: () => url } })
        service.http.get('/page', async (c) => {
          await calls.stock({ params: { sku: 'gin' } })
          return c.text('page')
        })
        return service.start({ adminToken: token, log: noopLogger })
      }),
    )
    assert.ok(gateway !== undefined && backoffice !== undefined)
    const page = async (running: RunningService): Promise<number> => (await fetch(`${running.url}/page`)).status

    assert.deepEqual([await page(gateway), await page(backoffice)], [200, 200])
    const rows = [
      { target: { upstream: 'inventory' }, expected: 418, why: 'by its name' },
      { target: { upstream: new URL(url).host }, expected: 418, why: 'by its address' },
      { target: { route: '/stock/:sku', method: 'GET' }, expected: 418, why: 'by the operation' },
      { target: { upstream: 'users' }, expected: 200, why: 'another upstream' },
    ]
    for (const { target, expected, why } of rows) {
      const effect = { kind: 'error', status: 418, code: 'TEAPOT' }
      await adminOf(gateway)('POST', '/faults', { effect, target: { side: 'calls', ...target }, durationMs })
      assert.deepEqual([await page(gateway), await page(backoffice)], [expected, 200], why)
      await adminOf(gateway)('DELETE', '/faults')
    }
    assert.equal(await page(gateway), 200)
    await Promise.all([gateway.stop(), backoffice.stop(), stocked.stop()])
  })
})
