import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { defineApi, get } from '../api/define-api.ts'
import { client } from '../client/client.ts'
import type { UpstreamView } from '../client/upstream.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import type { RunningService } from './running-service.ts'
import { createService } from './service.ts'
import { tlsFilesOf, upstreamSettings } from './service-clients.ts'

const stockApi = defineApi({ left: get('/stock/:sku', { responses: { 200: z.object({ left: z.int() }) } }) })
/** What is looked at of the health report. */
interface Report {
  readonly components: {
    readonly upstreams: { readonly status: string; readonly details: { readonly upstreams: readonly UpstreamView[] } }
  }
}
const started: RunningService[] = []

after(async () => {
  for (const service of started) await service.stop()
})

describe('service.client()', () => {
  it('calls another service, stands in the declaration, in the metrics and in the health report', async () => {
    const stock = createService({ name: 'stock' })
    let traceparent = ''
    stock.http.implement(stockApi, {
      left: (c) => {
        traceparent = c.raw.header('traceparent') ?? ''
        return { left: 3 }
      },
    })
    const { url } = await start(stock)
    const shop = createService({ name: 'shop' })
    const asking = shop.client(stockApi, { service: 'stock', url })
    shop.http.get('/left', async (c) => c.json(await asking.left({ params: { sku: 'tea' } })))
    assert.deepEqual(shop.declaration.upstreams, ['stock'])
    const running = await start(shop)
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const answer = await fetch(`${running.url}/left`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
    assert.deepEqual(await answer.json(), { left: 3 })
    assert.ok(traceparent.includes(traceId), 'the trace goes on')
    const report = (await (await fetch(`${running.adminUrl}/health`)).json()) as Report
    const { status, details } = report.components.upstreams
    assert.equal(status, 'UP')
    assert.deepEqual(
      details.upstreams.map(({ upstream, addresses }) => [upstream, addresses.map((address) => address.url)]),
      [['stock', [url]]],
    )
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
    assert.match(metrics, /client_calls_total\{upstream="stock",operation="left",outcome="ok"\} 1/)
  })

  async function start(service: ReturnType<typeof createService>): Promise<RunningService> {
    const running = await service.start({ logLevel: 'silent' })
    started.push(running)
    return running
  }
})

describe('upstreamSettings', () => {
  it('reads what the environment says of one service', () => {
    const environment = { USER_ACCOUNTS_TIMEOUT_MS: '250', USER_ACCOUNTS_MAX_CONNECTIONS: '8', ORDERS_TIMEOUT_MS: '1' }
    assert.deepEqual(upstreamSettings('user-accounts', environment), { timeoutMs: 250, maxPerHost: 8 })
    assert.deepEqual(upstreamSettings('stock', environment), {})
  })

  it('names the files of certificates', () => {
    const environment = { ORDERS_TLS_CA: '/tls/ca.pem', ORDERS_TLS_SERVER_NAME: 'orders' }
    assert.deepEqual(tlsFilesOf('orders', environment), { caFile: '/tls/ca.pem', serverName: 'orders' })
    assert.equal(tlsFilesOf('stock', environment), undefined)
  })

  for (const text of ['0', '-1', '1.5', '2s', ' 5']) {
    it(`refuses '${text}' as a time`, () => {
      assert.throws(() => upstreamSettings('orders', { ORDERS_TIMEOUT_MS: text }), { code: 'BAD_UPSTREAM' })
    })
  }
})

describe('repetitions over three hops', () => {
  const api = defineApi({ stock: get('/stock', { responses: { 204: null } }) })

  it('are made by the one right above the failure, and by nobody else', async () => {
    let asked = 0
    const failing = createService({ name: 'inventory' })
    failing.http.get('/stock', () => {
      asked++
      throw new ServiceError('DOWN', 'Not today.', { status: 503, details: { retryAfterMs: 1 } })
    })
    const running = [await failing.start({ log: noopLogger })]
    for (const name of ['orders', 'gateway']) {
      const { url = '' } = running.at(-1) ?? {}
      const service = createService({ name })
      const calls = client(api, { service: 'below', resolver: { resolve: () => url } })
      service.http.get('/stock', async (c) => {
        await calls.stock()
        return c.noContent()
      })
      running.push(await service.start({ log: noopLogger }))
    }
    const answer = await fetch(`${running.at(-1)?.url}/stock`)
    const { code } = (await answer.json()) as { code?: string }
    await Promise.all(running.map((each) => each.stop()))
    assert.deepEqual([answer.status, code, answer.headers.get('x-should-retry'), asked], [503, 'DOWN', 'false', 3])
  })
})
