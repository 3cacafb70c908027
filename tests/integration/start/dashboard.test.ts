/** The shop under `npm start`: what happens in it is seen in its dashboard, whatever becomes of either. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { LogRecordView, ServiceView, TopologyView, TraceSummary, TraceView } from '../../../src/dashboard/index.ts'
import { type NpmStart, npmStart } from './npm-start.ts'

const patienceMs = 20_000

for (const runtime of ['bun', 'node'] as const) {
  describe(`the dashboard beside the shop on ${runtime}`, {
    skip: process.platform !== 'linux' && 'it looks into /proc',
  }, () => {
    const data = mkdtempSync(join(tmpdir(), 'genever-dashboard-'))
    let start: NpmStart
    let visitor: Visitor
    let gateway: string

    before(async () => {
      start = npmStart({ args: ['--runtime', runtime], data })
      await start.printed(/^dashboard {2}http.*$/m)
      const [, url = '', token = ''] = /^dashboard {2}(http\S+)\/#token=(\S+)$/m.exec(start.output()) ?? []
      visitor = new Visitor(url, token)
      gateway = /^gateway {2}(http\S+)$/m.exec(start.output())?.[1] ?? ''
    })
    after(async () => {
      start.cleanUp()
      await start.ended
      rmSync(data, { recursive: true, force: true })
    })

    it('shows every service as ready and healthy, with its processes', async () => {
      const services = await until(async () => {
        const { services } = await visitor.get<{ services: ServiceView[] }>('/api/services')
        const isWell = ({ state, health, memoryBytes }: ServiceView) =>
          state === 'ready' && health === 'UP' && memoryBytes !== null
        return services.length === 7 && services.every(isWell) ? services : undefined
      })
      assert.deepEqual(
        services.map(({ name }) => name),
        ['gateway', 'inventory', 'notifications', 'orders', 'payments', 'points', 'users'],
      )
    })

    it('has the trace of an order across all services, its logs and the topology', async () => {
      await placeOrder(gateway)
      const found = await until(async () => {
        const { traces } = await visitor.get<{ traces: TraceSummary[] }>('/api/traces?name=POST%20/api/v1/orders')
        return traces.find(({ services }) => services.length === 7)
      })
      const trace = await visitor.get<TraceView>(`/api/traces/${found.traceId}`)
      const [root] = trace.tree
      assert.deepEqual([root?.service, root?.name, root?.depth], ['gateway', 'POST /api/v1/orders', 0])
      assert.deepEqual(trace.services, [
        'gateway',
        'inventory',
        'notifications',
        'orders',
        'payments',
        'points',
        'users',
      ])
      assert.ok(trace.criticalPath.length > 1)

      const { records } = await visitor.get<{ records: LogRecordView[] }>(`/api/logs?traceId=${found.traceId}`)
      const told = [...new Set(records.map(({ service }) => service))].sort()
      assert.deepEqual(told, ['gateway', 'inventory', 'orders', 'payments', 'users'])

      const edges = await until(async () => {
        const { edges } = await visitor.get<TopologyView>('/api/topology')
        const names = edges.map(({ from, to }) => `${from} ${to}`)
        return names.includes('service:orders service:inventory') ? names : undefined
      })
      for (const edge of [
        'caller service:gateway',
        'service:gateway service:users',
        'service:gateway service:orders',
      ]) {
        assert.ok(edges.includes(edge), `${edge} in ${edges.join(', ')}`)
      }
    })

    it('tries a request, whose trace is there to be looked at', async () => {
      const body = { method: 'GET', path: '/api/v1/products?limit=1' }
      const answer = await visitor.post<{ status: number; body: string; traceId: string }>(
        '/api/services/gateway/try',
        body,
      )
      assert.equal(answer.status, 200)
      assert.ok(JSON.parse(answer.body).items.length > 0)
      await until(async () => {
        const { spans } = await visitor.get<Partial<TraceView>>(`/api/traces/${answer.traceId}`)
        return spans
      })
    })

    it('stops a service and starts it again, and remembers who asked', async () => {
      await visitor.post('/api/services/users/stop', {})
      await visitor.untilState('users', 'stopped')
      await visitor.post('/api/services/users/start', {})
      const { restarts, pid } = await visitor.untilState('users', 'ready')
      assert.equal(restarts, 1)
      assert.ok(start.survivors().some((running) => running.pid === pid))
      const { entries } = await visitor.get<{ entries: { action: string }[] }>('/api/audit')
      assert.deepEqual(
        entries.slice(0, 2).map(({ action }) => action),
        ['service.start', 'service.stop'],
      )
    })

    it('comes back under its address with what it had when it is killed, and no service notices', async () => {
      const servicesBefore = pidsOf(start, /(users|inventory|payments|points|notifications|orders|gateway)\/main\.ts$/)
      const [dashboard] = pidsOf(start, /dashboard-main\.ts$/)
      process.kill(dashboard ?? 0, 'SIGKILL')
      await until(async () => (pidsOf(start, /dashboard-main\.ts$/)[0] === dashboard ? undefined : true))
      const { services } = await until(() =>
        visitor.get<{ services: ServiceView[] }>('/api/services').catch(() => undefined),
      )
      assert.equal(services.length, 7)
      assert.deepEqual(
        pidsOf(start, /(users|inventory|payments|points|notifications|orders|gateway)\/main\.ts$/),
        servicesBefore,
      )
      await placeOrder(gateway)
    })

    it('ends with the shop', async () => {
      process.kill(start.pid, 'SIGTERM')
      assert.equal(await start.ended, 0, start.output())
      assert.deepEqual(start.survivors(), [])
    })
  })
}

class Visitor {
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor(url: string, token: string) {
    this.#url = url
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.#url + path, { headers: this.#headers })
    return (await answer.json()) as T
  }

  async post<T>(path: string, body: object): Promise<T> {
    const init = { method: 'POST', headers: this.#headers, body: JSON.stringify(body) }
    const answer = await fetch(this.#url + path, init)
    const text = await answer.text()
    assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as T
  }

  untilState(name: string, state: string): Promise<ServiceView> {
    return until(async () => {
      const service = await this.get<ServiceView>(`/api/services/${name}`)
      return service.state === state ? service : undefined
    })
  }
}

/** Signs up and buys something. */
async function placeOrder(gateway: string): Promise<void> {
  const send = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${gateway}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    assert.equal(answer.status, 201, `${path}: ${text}`)
    return JSON.parse(text) as { token: string }
  }
  const email = `${crypto.randomUUID()}@example.com`
  const { token } = await send('/users', { email, password: 'a long password', name: 'Visitor' })
  const lines = [{ sku: 'food-cheese', quantity: 1 }]
  await send('/orders', { lines }, { authorization: `Bearer ${token}` })
}

function pidsOf(start: NpmStart, pattern: RegExp): number[] {
  return start
    .survivors()
    .filter(({ commandLine }) => pattern.test(commandLine))
    .map(({ pid }) => pid)
    .sort()
}

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > untilMs) throw new Error(`no answer within ${patienceMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
