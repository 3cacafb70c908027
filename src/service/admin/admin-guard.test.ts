import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { HttpClient } from '../../client/http-client.ts'
import type { ConfigDescription } from '../../config/describe.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { HeaderList } from '../../wire/headers.ts'
import type { RunningService } from '../running-service.ts'
import { createService } from '../service.ts'
import { createAdminApp } from './admin-app.ts'

const token = 'the-token-of-operators'
const schema = z.object({
  database: z.object({ url: z.string(), password: z.string() }),
  currency: z.string().default('EUR'),
})

describe('the admin port', () => {
  let running: RunningService
  const http = new HttpClient()
  before(async () => {
    const service = createService({ name: 'orders', log: noopLogger, config: { schema } })
    const config = { database: { url: 'postgres://orders:hunter2@db/orders', password: 'hunter2' } }
    running = await service.start({ adminToken: token, config })
  })
  after(async () => {
    http.close()
    await running.stop()
  })

  async function ask(path: string, headers: Record<string, string> = {}) {
    const answer = await http.request(running.adminUrl + path, { headers: HeaderList.from(Object.entries(headers)) })
    return { status: answer.status, text: await answer.text() }
  }

  it('shows settings and where they come from to whoever has the token, and secrets to nobody', async () => {
    assert.equal((await ask('/config')).status, 401)
    const { status, text } = await ask('/config', { authorization: `Bearer ${token}` })
    assert.equal(status, 200)
    assert.doesNotMatch(text, /hunter2|the-token/)
    const { settings } = JSON.parse(text) as ConfigDescription
    const shown = Object.fromEntries(settings.map(({ path, value, origin }) => [path, { value, origin }]))
    assert.deepEqual(shown.currency, { value: 'EUR', origin: 'default' })
    assert.deepEqual(shown['database.password']?.value, '[secret]')
    assert.deepEqual(shown['service.adminToken']?.value, '[secret]')
    assert.deepEqual(shown['service.engine'], { value: 'sockets', origin: 'default' })
  })

  it('answers pages of other origins with 403', async () => {
    assert.equal((await ask('/livez', { origin: 'http://evil.example' })).status, 403)
    assert.equal((await ask('/livez', { origin: running.adminUrl })).status, 200)
  })
})

describe('the format of /metrics', () => {
  const source = { metrics: () => [] } as unknown as Parameters<typeof createAdminApp>[0]['source']
  const app = createAdminApp({ source, token: undefined })
  const prometheus =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
  const rows = [
    { accept: prometheus, format: 'openmetrics', why: 'Prometheus likes it best' },
    { accept: 'application/openmetrics-text', format: 'openmetrics', why: 'it is named' },
    { accept: 'text/plain;version=0.0.4', format: 'text', why: 'only the other one is' },
    { accept: 'application/openmetrics-text;q=0.4,text/plain', format: 'text', why: 'the other one is liked better' },
    { accept: 'application/openmetrics-text;q=0,*/*', format: 'text', why: 'it is ruled out' },
    { accept: '*/*', format: 'text', why: 'curl takes anything, and every program reads this' },
    { accept: undefined, format: 'text', why: 'nothing is asked for' },
  ]
  for (const { accept, format, why } of rows) {
    it(`is ${format} for ${accept}: ${why}`, async () => {
      const answer = await app.request('http://127.0.0.1/metrics', { headers: accept === undefined ? {} : { accept } })
      const type = answer.headers.get('content-type') ?? ''
      assert.match(
        type,
        format === 'text' ? /^text\/plain; version=0\.0\.4/ : /^application\/openmetrics-text; version=1\.0\.0/,
      )
      assert.equal((await answer.text()).includes('# EOF'), format === 'openmetrics')
    })
  }
})

describe('the host of the admin port', () => {
  const source = {
    phase: 'ready',
    isDown: async () => false,
  } as unknown as Parameters<typeof createAdminApp>[0]['source']
  const app = createAdminApp({ source, token: undefined, names: ['metrics.example.com'] })

  const rows = [
    { host: '10.0.3.7:9090', status: 200, why: 'kubelets and Prometheus ask the pod by its address' },
    { host: '[fd00::7]:9090', status: 200, why: 'the same over IPv6' },
    { host: 'localhost:9090', status: 200, why: 'this machine' },
    { host: 'orders:9090', status: 200, why: 'a name without a dot, as in compose and Kubernetes' },
    { host: 'orders.shop.svc.cluster.local:9090', status: 200, why: 'a name of the cluster' },
    { host: 'metrics.example.com', status: 200, why: 'a name that was allowed' },
    { host: 'evil.example', status: 403, why: 'a name that somebody else may have rebound' },
    { host: '10.0.3.7.evil.example', status: 403, why: 'a name that begins like an address' },
    { host: 'svc', status: 200, why: 'no dot, whatever it says' },
    { host: 'evil.svc.example', status: 403, why: 'the end of the name counts' },
  ]
  for (const { host, status, why } of rows) {
    it(`${host} is answered ${status}: ${why}`, async () => {
      assert.equal((await app.request(`http://${host}/livez`)).status, status)
    })
  }
})
