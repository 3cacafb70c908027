/** A synchronous request meets no promise, and whoever awaits is given what lasts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import type { BodyWriter, Exchange } from '../wire/exchange.ts'
import { type App, createApp } from './app.ts'
import type { HttpContext } from './context.ts'
import { type Middleware, nextThen } from './middleware.ts'

/** An exchange made by hand: it counts what an engine would have to do. */
function handMade(method: string, target: string, json?: unknown) {
  const head = new TextEncoder().encode(target)
  const body = new TextEncoder().encode(json === undefined ? '' : JSON.stringify(json))
  const counts = { retained: 0, cancelListeners: 0 }
  const answers: { status: number; fields: readonly string[]; body: string }[] = []
  const questionMark = target.indexOf('?')
  const exchange: Exchange = {
    method,
    scheme: 'http',
    authority: 'localhost',
    httpVersion: '1.1',
    peer: { address: '127.0.0.1', port: 1 },
    receivedMs: 0,
    head,
    pathStart: 0,
    pathEnd: questionMark === -1 ? head.length : questionMark,
    queryStart: questionMark === -1 ? head.length : questionMark + 1,
    queryEnd: head.length,
    header: (name) => (name === 'content-type' && json !== undefined ? 'application/json' : undefined),
    headerPairs: () => [],
    retain() {
      counts.retained++
    },
    body: { length: body.length, maxBytes: 1_000, bytes: () => body, borrow: () => body, read: () => undefined },
    trailer: () => undefined,
    informational() {},
    respond(status, headers, content = '') {
      answers.push({ status, fields: headers.pairs, body: written(content) })
    },
    start() {
      throw new Error('nothing is streamed here')
    },
    get answered() {
      return answers.length > 0
    },
    onCancel() {
      counts.cancelListeners++
    },
    cancelled: undefined,
    abort() {},
  }
  return { exchange, counts, answers }
}

function written(content: string | Uint8Array | BodyWriter): string {
  if (!(typeof content === 'object' && 'writeTo' in content)) return String(content)
  const out = new ByteWriter()
  content.writeTo(out)
  return out.written().toString()
}

function appOf(register: (app: App) => void): App {
  const app = createApp()
  register(app)
  return app
}

const counting: Middleware = (_c, next) =>
  nextThen(next, (reply) => reply.headers.set('x-status', String(reply.status)))

describe('a synchronous request', () => {
  const Order = z.object({ sku: z.string() })
  const rows: { name: string; app: App; method?: string; target: string; json?: unknown; status: number }[] = [
    { name: 'a value', app: appOf((app) => app.get('/x', () => ({ ok: true }))), target: '/x', status: 200 },
    {
      name: 'parameters and query',
      app: appOf((app) => app.get('/x/:id', (c) => c.json([c.params.id, c.query.page, c.raw.header('a')]))),
      target: '/x/7?page=2',
      status: 200,
    },
    {
      name: 'layers that only look',
      app: appOf((app) => app.group('', counting, counting).get('/x', () => 'x')),
      target: '/x',
      status: 200,
    },
    {
      name: 'a body that has arrived, validated and answered by schema',
      app: appOf((app) => app.post('/x', { body: Order, responses: { 201: Order } }, (c) => c.json(c.body, 201))),
      method: 'POST',
      target: '/x',
      json: { sku: 'gin' },
      status: 201,
    },
    {
      name: 'a body that is refused',
      app: appOf((app) => app.post('/x', { body: Order }, () => 'x')),
      method: 'POST',
      target: '/x',
      json: {},
      status: 400,
    },
    {
      name: 'a throw',
      app: appOf((app) =>
        app.get('/x', () => {
          throw new Error('broken')
        }),
      ),
      target: '/x',
      status: 500,
    },
    { name: 'no route', app: appOf((app) => app.get('/x', () => 'x')), target: '/y', status: 404 },
  ]
  for (const { name, app, method = 'GET', target, json, status } of rows) {
    it(`meets no promise, copies no head, listens to nothing: ${name}`, () => {
      const { exchange, counts, answers } = handMade(method, target, json)
      assert.equal(app.handler(exchange), undefined)
      assert.equal(answers[0]?.status, status)
      assert.deepEqual(counts, { retained: 0, cancelListeners: 0 })
    })
  }

  it('reuses the head of answers that set no header', () => {
    const app = appOf((app) => app.get('/x', () => ({ ok: true })))
    const [first, second] = [handMade('GET', '/x'), handMade('GET', '/x')]
    void app.handler(first.exchange)
    void app.handler(second.exchange)
    assert.equal(first.answers[0]?.fields, second.answers[0]?.fields)
  })

  it('does not share headers that were set', () => {
    const app = appOf((app) => app.get('/x/:id', (c) => c.header('x-id', c.params.id).json({})))
    const [first, second] = [handMade('GET', '/x/1'), handMade('GET', '/x/2')]
    void app.handler(first.exchange)
    void app.handler(second.exchange)
    assert.deepEqual(first.answers[0]?.fields, ['x-id', '1', 'content-type', 'application/json'])
    assert.deepEqual(second.answers[0]?.fields, ['x-id', '2', 'content-type', 'application/json'])
  })
})

describe('a body that was bound', () => {
  const Order = z.object({ sku: z.string() })
  /** What was received is overwritten as soon as control is given up. */
  async function answerTo(read: (c: HttpContext) => unknown): Promise<string | undefined> {
    const app = appOf((app) => app.post('/x', { body: Order }, (c) => read(c) as string))
    const { exchange, answers } = handMade('POST', '/x', { sku: 'gin' })
    const received = exchange.body.borrow()
    const pending = app.handler(exchange)
    received?.fill(0x20)
    await pending
    return answers[0]?.body
  }

  const rows: { why: string; read: (c: HttpContext) => unknown }[] = [
    { why: 'at once', read: (c) => String(Buffer.from(c.raw.bytes() as Uint8Array)) },
    { why: 'behind an await', read: async (c) => Promise.resolve().then(() => c.raw.text()) },
    {
      why: 'as JSON behind an await',
      read: async (c) => JSON.stringify(await Promise.resolve().then(() => c.raw.json())),
    },
    {
      why: 'as a stream',
      read: (c) => Array.fromAsync(c.raw.stream()).then((pieces) => Buffer.concat(pieces).toString()),
    },
    { why: 'as a web request', read: (c) => c.request.text() },
  ]
  for (const { why, read } of rows) {
    it(`can be read again as it was sent: ${why}`, async () => {
      assert.equal(await answerTo(read), '{"sku":"gin"}')
    })
  }
})

describe('an asynchronous request', () => {
  it('keeps its head before control is given up, and listens once', async () => {
    const app = appOf((app) =>
      app.get('/x/:id', async (c) => {
        await Promise.resolve()
        return c.params.id
      }),
    )
    const { exchange, counts, answers } = handMade('GET', '/x/7')
    const pending = app.handler(exchange)
    assert.deepEqual(counts, { retained: 1, cancelListeners: 1 })
    await pending
    assert.equal(answers[0]?.body, '7')
  })

  it('keeps its parameters while others are routed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const app = appOf((app) =>
      app.get('/x/:id', async (c) => {
        await promise
        return c.params.id
      }),
    )
    const calls = ['1', '2', '3'].map((id) => handMade('GET', `/x/${id}`))
    const pending = calls.map(({ exchange }) => app.handler(exchange))
    resolve()
    await Promise.all(pending)
    assert.deepEqual(
      calls.map(({ answers }) => answers[0]?.body),
      ['1', '2', '3'],
    )
  })

  it('inside another request does not disturb it', async () => {
    const app = createApp()
    app.get('/outer/:id', async (c) => `${await (await app.request('/inner/2')).text()} ${c.params.id}`)
    app.get('/inner/:id', (c) => c.params.id)
    assert.equal(await (await app.request('/outer/1')).text(), '2 1')
  })
})
