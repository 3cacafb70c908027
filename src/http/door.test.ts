/** What the door of an app does with requests: who waits, who is turned away, and what callers may say about themselves. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SocketPeer } from '../platform/socket.ts'
import { type AppOptions, createApp } from './app.ts'
import { TrustedPeers } from './request/trusted-peers.ts'
import type { TurnedAwayNews } from './shedding.ts'

function holdThread(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

function busyApp(options: AppOptions = {}) {
  const app = createApp({ shedding: {}, ...options })
  const begun: string[] = []
  const work = (name: string) => () => {
    begun.push(name)
    holdThread(10)
    return { name }
  }
  app.get('/first', work('first'))
  app.get('/work', work('work'))
  app.get('/vip', { priority: 'high' }, work('vip'))
  app.get('/probe', { priority: 'health' }, work('probe'))
  app.get('/later', { priority: 'low' }, work('later'))
  return { app, begun }
}

async function statusesOf(answers: readonly Promise<Response>[]): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status)
}

describe('the door of an app', () => {
  it('serves by priority those who came while the thread was held', async () => {
    const { app, begun } = busyApp()
    await app.request('/first')
    begun.length = 0
    const paths = ['/first', '/later', '/work', '/vip', '/probe']
    assert.deepEqual(await statusesOf(paths.map((path) => app.request(path))), [200, 200, 200, 200, 200])
    const others = begun.filter((name) => name !== 'first')
    assert.deepEqual(others, ['probe', 'vip', 'work', 'later'])
  })

  it('turns away what is more than may wait, says when to come back, and tells', async () => {
    const told: TurnedAwayNews[] = []
    const { app, begun } = busyApp({ shedding: { maxQueued: 2, onTurnedAway: (news) => told.push(news) } })
    await app.request('/first')
    const answers = await Promise.all(Array.from({ length: 6 }, () => app.request('/work')))
    const refused = answers.filter(({ status }) => status === 503)
    assert.ok(refused.length >= 3, `${refused.length}`)
    assert.equal(begun.length, 1 + 6 - refused.length)
    const [first] = refused
    assert.equal(first?.headers.get('retry-after'), '1')
    assert.equal(first?.headers.get('content-type'), 'application/problem+json')
    const problem: unknown = await first?.json()
    assert.deepEqual(problem, {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The service has more to do than it can; come back later.',
      code: 'OVERLOADED',
    })
    assert.equal(told.length, refused.length)
    assert.deepEqual(told[0], { method: 'GET', route: '/work', status: 503, reason: 'full', priority: 'normal' })
  })

  it('answers in the form of the app', async () => {
    const { app } = busyApp({ errors: 'envelope', shedding: { maxQueued: 1 } })
    await app.request('/first')
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.request('/work')))
    const refused = answers.find(({ status }) => status === 503)
    assert.deepEqual(await refused?.json(), {
      code: 'OVERLOADED',
      message: 'The service has more to do than it can; come back later.',
      data: {},
    })
  })

  it('does not begin what its caller has given up while it waited', async () => {
    const { app, begun } = busyApp()
    await app.request('/first')
    begun.length = 0
    const held = [app.request('/vip'), app.request('/vip'), app.request('/vip')]
    const late = app.request('/work', { headers: { 'x-request-timeout': '5ms' } })
    assert.deepEqual(await statusesOf([...held, late]), [200, 200, 200, 504])
    assert.deepEqual(begun, ['vip', 'vip', 'vip'])
  })

  it('does not begin for a caller that has no time left', async () => {
    const { app, begun } = busyApp()
    const answer = await app.request('/work', { headers: { 'x-request-timeout': '0' } })
    assert.deepEqual([answer.status, begun], [504, []])
    assert.equal(((await answer.json()) as { code: string }).code, 'DEADLINE_EXCEEDED')
  })

  it('shows itself', async () => {
    const { app } = busyApp()
    await statusesOf([app.request('/first'), app.request('/work'), app.request('/work')])
    assert.deepEqual([app.admission?.waiting, app.admission?.isOverloaded], [0, false])
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(app.admission?.admitted, 3)
    assert.ok((app.admission?.serviceMs ?? 0) >= 5)
    assert.equal(createApp().admission, undefined)
  })
})

describe('the time that a caller gives', () => {
  const rows = [
    { headers: { 'x-request-timeout': '200ms' }, most: 200, why: 'it may be shorter than ours' },
    { headers: { 'x-request-timeout': '1h' }, most: 1_000, why: 'what cannot be read is not there' },
    { headers: { 'x-request-timeout': '90s' }, most: 1_000, why: 'nobody may extend it' },
    { headers: { 'grpc-timeout': '300m' }, most: 300, why: 'as gRPC writes it' },
    { headers: {}, most: 1_000, why: 'the route says so' },
  ]
  for (const { headers, most, why } of rows) {
    it(`${JSON.stringify(headers)}: ${why}`, async () => {
      const app = createApp()
      app.get('/', { timeoutMs: 1_000 }, (c) => ({ leftMs: c.context.remainingMs() }))
      const { leftMs } = (await (await app.request('/', { headers })).json()) as { leftMs: number }
      assert.ok(leftMs <= most && leftMs > most - 100, `${leftMs}`)
    })
  }

  it('holds where the route has no limit', async () => {
    const app = createApp()
    app.get('/', async (c) => {
      await new Promise((resolve) => c.signal.addEventListener('abort', resolve))
      return 'never seen'
    })
    const answer = await app.request('/', { headers: { 'x-request-timeout': '20ms' } })
    assert.equal(answer.status, 504)
  })
})

describe('what a caller says about itself', () => {
  const said = { 'x-request-priority': 'high', 'x-tenant-id': 'acme' }
  const seenBy = async (app: ReturnType<typeof createApp>, headers: Record<string, string>) => {
    app.get('/', (c) => [c.priority, c.tenant ?? null, c.isFromTrustedPeer])
    return (await app.request('/', { headers })).json()
  }

  it('counts for nothing by default', async () => {
    assert.deepEqual(await seenBy(createApp(), said), ['normal', null, false])
  })

  it('counts for nothing from others', async () => {
    const trustedPeers = { networks: ['203.0.113.0/24'] }
    assert.deepEqual(await seenBy(createApp({ trustedPeers }), said), ['normal', null, false])
  })

  it('counts from trusted peers', async () => {
    const trustedPeers = { networks: ['loopback'] }
    assert.deepEqual(await seenBy(createApp({ trustedPeers }), said), ['high', 'acme', true])
  })

  const odd = [
    { headers: { 'x-request-priority': 'urgent' }, expected: 'normal', why: 'there is no such priority' },
    { headers: { 'x-request-priority': 'health' }, expected: 'high', why: 'nobody sends probes for others' },
    { headers: { 'x-request-priority': ' LOW ' }, expected: 'low', why: 'case and spaces do not matter' },
  ]
  for (const { headers, expected, why } of odd) {
    it(`'${headers['x-request-priority']}' is ${expected}: ${why}`, async () => {
      const seen = await seenBy(createApp({ trustedPeers: { networks: ['loopback'] } }), headers)
      assert.deepEqual(seen, [expected, null, true])
    })
  }

  it('is no tenant if it could not stand in a log', async () => {
    const trustedPeers = { networks: ['loopback'] }
    const seen = await seenBy(createApp({ trustedPeers }), { 'x-tenant-id': 'a b"c' })
    assert.deepEqual(seen, ['normal', null, true])
  })

  it('can be told by the route, too', async () => {
    const app = createApp()
    app.get('/vip', { priority: 'high' }, (c) => c.priority)
    assert.equal(await (await app.request('/vip')).text(), 'high')
  })
})

describe('TrustedPeers', () => {
  const certificate = {
    subject: 'CN=orders,O=shop',
    issuer: 'CN=ca',
    alternativeNames: ['DNS:orders.shop.svc', 'URI:spiffe://shop/orders'],
    fingerprint256: '',
    validFrom: new Date(0),
    validTo: new Date(0),
  }
  const peerWith = (authorized: boolean): SocketPeer => ({
    address: '192.0.2.1',
    port: 1,
    tls: { alpnProtocol: undefined, serverName: undefined, authorized, certificate },
  })
  const rows = [
    { identities: ['URI:spiffe://shop/orders'], authorized: true, expected: true, why: 'an alternative name' },
    { identities: ['CN=orders,O=shop'], authorized: true, expected: true, why: 'the whole subject' },
    { identities: ['orders.shop.svc'], authorized: true, expected: false, why: 'a name has its kind' },
    { identities: ['CN=orders'], authorized: true, expected: false, why: 'not a part of the subject' },
    { identities: ['CN=orders,O=shop'], authorized: false, expected: false, why: 'nobody has verified it' },
  ]
  for (const { identities, authorized, expected, why } of rows) {
    it(`${expected ? 'trusts' : 'does not trust'} ${identities}: ${why}`, () => {
      assert.equal(new TrustedPeers({ identities }).trusts(peerWith(authorized)), expected)
    })
  }

  it('refuses what is no network', () => {
    assert.throws(() => new TrustedPeers({ networks: ['nowhere'] }), { code: 'BAD_ADDRESS_BLOCK' })
  })
})
