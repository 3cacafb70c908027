import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connect } from '../platform/connect.ts'
import { Dashboard } from './dashboard.ts'
import { idOf, nanos, traceRequest } from './otlp.fixture.ts'
import { UiFiles } from './ui-files.ts'

const token = 'a-token-of-a-test-1'
const page = { path: 'index.html', contents: new TextEncoder().encode('<!doctype html><title>Genever</title>') }
const script = { path: 'app-1A2B3C4D.js', contents: new TextEncoder().encode(`const text = '${'x'.repeat(2_000)}'`) }

let dashboard: Dashboard
before(async () => {
  dashboard = await Dashboard.start({ port: 0, token, ui: new UiFiles(async () => [page, script]) })
})
after(() => dashboard.stop())

const bearer = { authorization: `Bearer ${token}` }

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: Body; headers: Headers }> {
  const answer = await fetch(dashboard.url + path, init)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), headers: answer.headers }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each looked at by its test
type Body = any

/** A request with headers that `fetch` does not let one set. Resolves with the status. */
async function rawStatus(lines: readonly string[]): Promise<number> {
  const { port } = new URL(dashboard.url)
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const socket = await connect({
    host: '127.0.0.1',
    port: Number(port),
    state: undefined,
    handlers: {
      data(_socket, bytes) {
        text += Buffer.from(bytes).toString()
        if (text.includes('\r\n')) resolve(text)
      },
      close: () => resolve(text),
    },
  })
  socket.write(Buffer.from(`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n`))
  const answer = await promise
  socket.destroy()
  return Number(answer.split(' ')[1])
}

describe('who may ask the dashboard', () => {
  const rows: { init: RequestInit; status: number; why: string }[] = [
    { init: {}, status: 401, why: 'nobody without cookie or token' },
    { init: { headers: { authorization: 'Bearer wrong' } }, status: 401, why: 'nobody with a wrong token' },
    { init: { headers: { cookie: 'genever-dashboard=1.x' } }, status: 401, why: 'nobody with a cookie of their own' },
    { init: { headers: bearer }, status: 200, why: 'a script with the token' },
    { init: { headers: { ...bearer, origin: 'http://evil.example' } }, status: 403, why: 'no page of another site' },
  ]
  for (const { init, status, why } of rows) {
    it(`answers ${status}: ${why}`, async () => assert.equal((await ask('/api/services', init)).status, status))
  }

  it('gives a cookie for the token that scripts cannot read and other sites cannot send', async () => {
    const opened = await post('/api/session', { token })
    const cookie = opened.headers.get('set-cookie') ?? ''
    assert.equal(opened.status, 204)
    assert.match(
      cookie,
      /^genever-dashboard-[0-9a-f]{8}=\d+\.[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    assert.equal((await ask('/api/session', { headers })).status, 200)
    const later = { cookie: headers.cookie.replace(/=\d+/, (end) => `=${Number(end.slice(1)) + 1}`) }
    assert.equal((await ask('/api/session', { headers: later })).status, 401, 'a changed end breaks the signature')
  })

  const hosts = [
    { host: 'evil.example', status: 403, why: 'a name that was rebound to this address' },
    { host: '127.0.0.1.evil.example', status: 403, why: 'a name that looks like an address' },
    { host: 'localhost:80', status: 401, why: 'a name of this machine passes on to the token' },
    { host: '[::1]:80', status: 401, why: 'an address passes on to the token' },
  ]
  for (const { host, status, why } of hosts) {
    it(`answers ${status} under Host ${host}: ${why}`, async () => {
      assert.equal(await rawStatus(['GET /api/services HTTP/1.1', `host: ${host}`]), status)
      assert.equal(await rawStatus(['GET / HTTP/1.1', `host: ${host}`]), status === 403 ? 403 : 200)
    })
  }

  it('slows guessing down, but not those who have the token already', async () => {
    const other = await Dashboard.start({ port: 0, token })
    try {
      const statuses: number[] = []
      for (let guess = 0; guess < 21; guess++) {
        const answer = await fetch(`${other.url}/api/session`, jsonOf({ token: `guess ${guess}` }))
        await answer.text()
        statuses.push(answer.status)
      }
      assert.deepEqual([statuses[0], statuses[19], statuses[20]], [401, 401, 429])
      assert.equal((await fetch(`${other.url}/api/session`, { headers: bearer })).status, 200)
    } finally {
      await other.stop()
    }
  })

  it('refuses a token that could be guessed', () =>
    assert.rejects(Dashboard.start({ port: 0, token: 'short' }), { code: 'WEAK_TOKEN' }))

  it('asks senders for the token where it listens to a network', async () => {
    const open = await Dashboard.start({ host: '0.0.0.0', port: 0, token })
    try {
      const send = async (headers: Record<string, string>): Promise<number> => {
        const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...headers } }
        const answer = await fetch(`${open.url}/v1/traces`, init)
        await answer.text()
        return answer.status
      }
      assert.equal(await send({}), 401)
      assert.equal(await send(bearer), 200)
    } finally {
      await open.stop()
    }
  })

  it('does nothing to services it does not run, and keeps a list of who tried', async () => {
    await post('/v1/traces', traceRequest('seen', Date.now(), [{ service: 'strange', name: 'GET /', id: 'a' }]))
    const init = { method: 'POST', headers: bearer }
    const { status, body } = await ask('/api/services/strange/stop', init)
    assert.deepEqual([status, body.code], [403, 'ACTIONS_DISABLED'])
    const { entries } = (await ask('/api/audit', { headers: bearer })).body
    assert.deepEqual([entries[0].action, entries[0].target, entries[0].outcome], ['service.stop', 'strange', 'refused'])
  })
})

describe('the browser app', () => {
  it('is one page under every address of it, asked for again each time', async () => {
    for (const path of ['/', '/traces/0af7']) {
      const answer = await fetch(dashboard.url + path)
      assert.equal(await answer.text(), '<!doctype html><title>Genever</title>')
      assert.equal(answer.headers.get('cache-control'), 'no-cache')
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'self';.*frame-ancestors 'none'$/)
      const etag = answer.headers.get('etag') ?? ''
      assert.equal((await fetch(dashboard.url + path, { headers: { 'if-none-match': etag } })).status, 304)
    }
  })

  it('has files that browsers keep for ever, compressed', async () => {
    const answer = await fetch(`${dashboard.url}/app-1A2B3C4D.js`, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    assert.equal((await answer.text()).length, script.contents.length)
  })

  it('answers 404 for a file that is not there, rather than a page', async () => {
    assert.equal((await ask('/app-00000000.js')).status, 404)
    assert.equal((await ask('/api/nothing', { headers: bearer })).status, 404)
  })
})

describe('the receiver', () => {
  it('takes what fits and says what it did not take, in JSON', async () => {
    const good = { service: 'a', name: 'x', id: 'one' }
    const request = traceRequest('partial', Date.now(), [good]) as Body
    request.resourceSpans[0].scopeSpans[0].spans.push({ traceId: 'zz', spanId: '1', startTimeUnixNano: nanos(1) })
    const { status, body } = await post('/v1/traces', request)
    assert.equal(status, 200)
    assert.equal(body.partialSuccess.rejectedSpans, '1')
    assert.match(body.partialSuccess.errorMessage, /ids of 16 and 8 bytes/)
  })

  const rows: { body: string | Uint8Array; type: string; status: number; why: string }[] = [
    { body: '{}', type: 'application/json', status: 200, why: 'nothing is not wrong' },
    { body: '{', type: 'application/json', status: 400, why: 'no JSON' },
    { body: '{}', type: 'text/plain', status: 415, why: 'a form that a page of any site could send' },
    { body: new Uint8Array(), type: 'application/x-protobuf', status: 200, why: 'an empty message is one' },
    {
      body: new Uint8Array([0x0a, 0x7f]),
      type: 'application/x-protobuf',
      status: 400,
      why: 'a length that leads outside',
    },
    { body: new Uint8Array([0x0b]), type: 'application/x-protobuf', status: 400, why: 'a group, which is not in use' },
  ]
  for (const { body, type, status, why } of rows) {
    it(`answers ${status} to ${body.length} bytes of ${type}: ${why}`, async () => {
      const answer = await fetch(`${dashboard.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : Buffer.from(body),
      })
      await answer.bytes()
      assert.equal(answer.status, status)
    })
  }

  it('refuses a body beyond its limit', async () => {
    const answer = await post('/v1/logs', { filler: 'x'.repeat(17 * 1024 * 1024) })
    assert.equal(answer.status, 413)
  })
})

describe('what was sent', () => {
  const startMs = Date.now() - 1_000
  before(async () => {
    await post(
      '/v1/traces',
      traceRequest('order', startMs, [
        {
          service: 'gateway',
          name: 'POST /orders',
          id: 'gw',
          to: 20,
          attributes: { 'http.route': '/orders', tenant: 'acme' },
        },
        { service: 'gateway', name: 'POST', id: 'call', parent: 'gw', kind: 3, from: 2, to: 18 },
        { service: 'orders', name: 'POST /orders', id: 'or', parent: 'call', from: 4, to: 16, isError: true },
      ]),
    )
    const record = {
      timeUnixNano: nanos(startMs),
      severityNumber: 17,
      body: { stringValue: 'Out of stock' },
      traceId: idOf('order', 32),
    }
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] }
    await post('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] })
  })

  const get = async (path: string): Promise<Body> => (await ask(path, { headers: bearer })).body

  it('is a trace with its tree and its critical path', async () => {
    const trace = await get(`/api/traces/${idOf('order', 32)}`)
    assert.deepEqual(
      trace.tree.map((span: Body) => [span.service, span.depth, span.selfMs]),
      [
        ['gateway', 0, 4],
        ['gateway', 1, 4],
        ['orders', 2, 12],
      ],
    )
    assert.deepEqual([trace.spans, trace.errors, trace.durationMs, trace.isComplete], [3, 1, 20, true])
    assert.equal(
      trace.criticalPath.reduce((sum: number, part: Body) => sum + part.durationMs, 0),
      20,
    )
  })

  const searches = [
    { query: 'service=orders&status=error', found: true, why: 'a span failed' },
    { query: 'service=orders&status=ok', found: false, why: 'a span failed' },
    { query: 'attribute=tenant%3Dacme', found: true, why: 'an attribute has the value' },
    { query: 'attribute=tenant%3Dother', found: false, why: 'no attribute has the value' },
    { query: 'service=orders&attribute=tenant%3Dacme', found: false, why: 'one and the same span must fit' },
    { query: 'name=/orders', found: true, why: 'a route is a name' },
    { query: 'minDurationMs=21', found: false, why: 'it took 20 ms' },
    { query: 'minDurationMs=20&maxDurationMs=20', found: true, why: 'the bounds are part of it' },
  ]
  for (const { query, found, why } of searches) {
    it(`is ${found ? '' : 'not '}found by ${query}: ${why}`, async () => {
      const { traces } = await get(`/api/traces?${query}`)
      assert.equal(
        traces.some(({ traceId }: Body) => traceId === idOf('order', 32)),
        found,
      )
    })
  }

  it('is found in the logs, by level, text and trace', async () => {
    const { records } = await get(`/api/logs?traceId=${idOf('order', 32)}&level=error&text=STOCK`)
    assert.deepEqual(
      records.map(({ service, message }: Body) => [service, message]),
      [['orders', 'Out of stock']],
    )
    assert.deepEqual((await get('/api/logs?level=fatal')).records, [])
  })

  it('is 404 where it is not known', async () => {
    assert.equal((await get(`/api/traces/${'f'.repeat(32)}`)).code, 'UNKNOWN_TRACE')
    assert.equal((await get('/api/metrics/nothing')).code, 'UNKNOWN_METRIC')
    assert.equal((await get('/api/services/nobody')).code, 'UNKNOWN_SERVICE')
  })
})

async function post(path: string, body: object): Promise<{ status: number; body: Body; headers: Headers }> {
  return ask(path, jsonOf(body))
}

function jsonOf(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
