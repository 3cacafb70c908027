import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { type Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type AppOptions, createApp } from './app.ts'
import type { AppRequestInit } from './app-request.ts'
import type { HttpContext } from './context.ts'
import type { AnyHandler } from './route.ts'

interface Problem {
  readonly code: string
  readonly detail: string
  readonly [member: string]: unknown
}

const problemOf = async (answer: Response) => (await answer.json()) as Problem

/** One handler behind `/x/:id`, and what it answers. */
async function answerOf(handler: AnyHandler, init: AppRequestInit = {}, options: AppOptions = {}): Promise<Response> {
  const app = createApp(options)
  app.any('/x/:id', handler)
  return app.request('/x/7?page=2&tag=a&tag=b', init)
}

describe('a request, as its handler sees it', () => {
  it('has what was sent, raw where no schema is declared', async () => {
    const seen: unknown[] = []
    const headers = { accept: 'text/plain', cookie: 'a=1; b=%C3%BC' }
    await answerOf(
      (c) => {
        seen.push(c.method, c.path, c.url, c.scheme, c.host, c.ip, c.route?.path)
        seen.push({ ...(c.params as object) }, { ...(c.query as object) }, { ...(c.cookies as object) })
        seen.push(c.raw.header('accept'), c.raw.query('tag'), c.raw.param('id'), c.raw.cookie('b'), c.body, c.form)
      },
      { headers },
    )
    assert.deepEqual(seen, [
      'GET',
      '/x/7',
      'http://localhost/x/7?page=2&tag=a&tag=b',
      'http',
      'localhost',
      '127.0.0.1',
      '/x/:id',
      { id: '7' },
      { page: '2', tag: ['a', 'b'] },
      { a: '1', b: 'ü' },
      'text/plain',
      'a',
      '7',
      'ü',
      undefined,
      undefined,
    ])
  })

  it('has headers by lower-case name, several fields of one name joined', async () => {
    let headers: Record<string, unknown> = {}
    const sent: [string, string][] = [
      ['X-One', '1'],
      ['x-two', 'a'],
      ['x-two', 'b'],
    ]
    await answerOf(
      (c) => {
        headers = { ...(c.headers as object) }
      },
      { headers: sent },
    )
    assert.deepEqual(headers, { 'x-one': '1', 'x-two': 'a, b', host: 'localhost' })
  })

  it('knows no name that was not sent, whatever it is called', async () => {
    const names = ['constructor', '__proto__', 'toString']
    let found: unknown[] = []
    await answerOf((c) => {
      const records = [c.params, c.query, c.headers, c.cookies] as Record<string, unknown>[]
      found = records.flatMap((record) => names.map((name) => Reflect.get(record, name)))
    })
    assert.deepEqual(new Set(found), new Set([undefined]))
  })

  it('has an id of its own, unless a layer gives it one', async () => {
    const ids = new Set<string>()
    const app = createApp()
    app.get('/own', (c) => {
      ids.add(c.id).add(c.id)
    })
    app.get(
      '/given',
      (c, next) => {
        c.id = 'given'
        return next()
      },
      (c) => c.id,
    )
    for (let i = 0; i < 3; i++) await app.request('/own')
    assert.equal(ids.size, 3)
    assert.equal(await (await app.request('/given')).text(), 'given')
  })

  it('is there as a web Request', async () => {
    const answer = await answerOf(
      async (c) => {
        const { request } = c
        return `${request.method} ${request.url} ${request.headers.get('x-a')} ${await request.text()} ${request === c.request}`
      },
      { method: 'POST', headers: { 'x-a': '1' }, body: 'hello' },
    )
    assert.equal(await answer.text(), 'POST http://localhost/x/7?page=2&tag=a&tag=b 1 hello true')
  })

  it('runs inside its own foundation context, through every await', async () => {
    const contexts: (Context | undefined)[] = []
    await answerOf(async (c) => {
      contexts.push(c.context, currentContext())
      await new Promise((resolve) => setImmediate(resolve))
      contexts.push(currentContext())
    })
    assert.equal(contexts.length, 3)
    assert.ok(contexts[0])
    assert.equal(new Set(contexts).size, 1)
  })

  const forwarding: { options: AppOptions; headers: Record<string, string>; expected: string; why: string }[] = [
    {
      options: {},
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' },
      expected: '127.0.0.1 http localhost',
      why: 'nobody is trusted by default',
    },
    {
      options: { trustedProxies: ['loopback'] },
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' },
      expected: '203.0.113.9 https shop.example',
      why: 'the connection comes from a trusted proxy',
    },
    {
      options: { trustedProxies: ['10.0.0.0/8'] },
      headers: { 'x-forwarded-for': '203.0.113.9' },
      expected: '127.0.0.1 http localhost',
      why: 'the connection comes from somebody else',
    },
    {
      options: { trustedProxies: ['loopback', '10.0.0.0/8'] },
      headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.1.1' },
      expected: '203.0.113.9 http localhost',
      why: 'the walk goes from the right and ends at the first stranger; what he wrote is his own',
    },
    {
      options: { trustedProxies: ['loopback'] },
      headers: { 'x-forwarded-for': '203.0.113.9, unknown' },
      expected: '127.0.0.1 http localhost',
      why: 'behind a hop that hides itself nothing can be checked',
    },
    {
      options: { trustedProxies: ['loopback'] },
      headers: { 'x-forwarded-for': '203.0.113.9:4711', 'x-forwarded-proto': 'ftp', 'x-forwarded-host': 'a b' },
      expected: '203.0.113.9 http localhost',
      why: 'ports are dropped, nonsense is ignored',
    },
    {
      options: { trustedProxies: ['loopback'] },
      headers: { forwarded: 'for=6.6.6.6' },
      expected: '127.0.0.1 http localhost',
      why: 'a header that the proxies do not write is the client’s',
    },
    {
      options: { trustedProxies: ['loopback'], forwardedHeaders: 'forwarded' },
      headers: { forwarded: 'for="[2001:db8::1]:4711";proto=https;host="shop.example:8443", for=127.0.0.2' },
      expected: '2001:db8::1 http localhost',
      why: 'RFC 7239: addresses in quotes and brackets; proto and host are those of the nearest proxy',
    },
    {
      options: { trustedProxies: ['loopback'], forwardedHeaders: 'forwarded' },
      headers: { forwarded: 'By=10.0.0.1;For=203.0.113.9;Proto=https;Host=shop.example', 'x-forwarded-for': '6.6.6.6' },
      expected: '203.0.113.9 https shop.example',
      why: 'parameter names are case-insensitive, and the other headers are not read',
    },
  ]
  for (const { options, headers, expected, why } of forwarding) {
    it(`is from ${expected}: ${why}`, async () => {
      const answer = await answerOf((c) => `${c.ip} ${c.scheme} ${c.host}`, { headers }, options)
      assert.equal(await answer.text(), expected)
    })
  }
})

describe('an answer', () => {
  const order = { id: 'o1' }
  const results: { name: string; handler: AnyHandler; status: number; type: string | null; body: string }[] = [
    { name: 'json', handler: (c) => c.json(order, 201), status: 201, type: 'application/json', body: '{"id":"o1"}' },
    { name: 'text', handler: (c) => c.text('hi'), status: 200, type: 'text/plain; charset=utf-8', body: 'hi' },
    { name: 'html', handler: (c) => c.html('<p>', 404), status: 404, type: 'text/html; charset=utf-8', body: '<p>' },
    {
      name: 'bytes',
      handler: (c) => c.bytes(new Uint8Array([104, 105]), 'image/png'),
      status: 200,
      type: 'image/png',
      body: 'hi',
    },
    { name: 'nothing', handler: (c) => c.noContent(), status: 204, type: null, body: '' },
    {
      name: 'a stream',
      handler: (c) => c.stream(['h', new Uint8Array([105])], { contentType: 'text/x' }),
      status: 200,
      type: 'text/x',
      body: 'hi',
    },
    { name: 'a string', handler: () => 'hi', status: 200, type: 'text/plain; charset=utf-8', body: 'hi' },
    { name: 'an object', handler: () => order, status: 200, type: 'application/json', body: '{"id":"o1"}' },
    { name: 'an array', handler: () => [1, 2], status: 200, type: 'application/json', body: '[1,2]' },
    { name: 'null', handler: () => null, status: 200, type: 'application/json', body: 'null' },
    { name: 'a number', handler: () => 7, status: 200, type: 'application/json', body: '7' },
    { name: 'undefined', handler: () => undefined, status: 204, type: null, body: '' },
    {
      name: 'bytes returned',
      handler: () => new Uint8Array([104, 105]),
      status: 200,
      type: 'application/octet-stream',
      body: 'hi',
    },
    {
      name: 'a generator',
      handler: async function* () {
        yield 'h'
        yield 'i'
      },
      status: 200,
      type: 'application/octet-stream',
      body: 'hi',
    },
    {
      name: 'what a query of a database library resolves to',
      // biome-ignore lint/suspicious/noThenProperty: such queries are thenables
      handler: () => ({ then: (resolve: (value: object) => void) => resolve(order) }),
      status: 200,
      type: 'application/json',
      body: '{"id":"o1"}',
    },
    {
      name: 'a web Response',
      handler: () => new Response('hi', { status: 202, headers: { 'content-type': 'text/x' } }),
      status: 202,
      type: 'text/x',
      body: 'hi',
    },
    {
      name: 'a web Response without a body',
      handler: () => new Response(null, { status: 304 }),
      status: 304,
      type: null,
      body: '',
    },
    {
      name: 'what was recorded without a return',
      handler: (c) => {
        c.text('hi', 202)
      },
      status: 202,
      type: 'text/plain; charset=utf-8',
      body: 'hi',
    },
    {
      name: 'a status alone',
      handler: (c) => {
        c.status(202)
      },
      status: 202,
      type: null,
      body: '',
    },
  ]
  for (const { name, handler, status, type, body } of results) {
    it(`is ${name}`, async () => {
      const answer = await answerOf(handler)
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('content-type'), type)
      assert.equal(await answer.text(), body)
    })
    it(`is ${name}, later`, async () => {
      const answer = await answerOf(async (c) => {
        await Promise.resolve()
        return (await handler(c)) as string
      })
      assert.equal(answer.status, status)
      assert.equal(await answer.text(), body)
    })
  }

  it('has headers and cookies, whichever way it is given', async () => {
    const answer = await answerOf((c) => {
      c.header('x-a', '1').cookie('a', '1').cookie('b', '2', { maxAgeS: 60 })
      return { ok: true }
    })
    assert.equal(answer.headers.get('x-a'), '1')
    assert.deepEqual(answer.headers.getSetCookie(), [
      'a=1; Path=/; HttpOnly; SameSite=Lax',
      'b=2; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    ])
  })

  it('cannot be split by what a handler puts into a header', async () => {
    const answer = await answerOf((c) => c.header('x-a', 'a\r\nset-cookie: evil=1').text('hi'))
    assert.equal(answer.status, 500)
    assert.equal(answer.headers.get('set-cookie'), null)
  })

  it('has the content-type that was set for it', async () => {
    const answer = await answerOf((c) => c.header('content-type', 'application/hal+json').json({}))
    assert.equal(answer.headers.get('content-type'), 'application/hal+json')
  })

  it('signs cookies and believes them when they come back', async () => {
    const app = createApp({ cookieKeys: ['k'.repeat(32)] })
    app.get('/in', (c) => c.cookie('session', 'ann', { signed: true }).noContent())
    app.get('/me', (c) => c.raw.signedCookie('session') ?? 'nobody')
    const cookie = (await app.request('/in')).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    assert.equal(await (await app.request('/me', { headers: { cookie } })).text(), 'ann')
    const forged = cookie.replace('ann', 'bob')
    assert.equal(await (await app.request('/me', { headers: { cookie: forged } })).text(), 'nobody')
  })

  it('marks cookies Secure on https', async () => {
    const app = createApp()
    app.get('/x', (c) => c.cookie('a', '1').noContent())
    assert.match((await app.request('https://shop.example/x')).headers.getSetCookie()[0] ?? '', /; Secure;/)
  })

  it('redirects', async () => {
    const answer = await answerOf((c) => c.redirect('/orders/ü', 303))
    assert.equal(answer.status, 303)
    assert.equal(answer.headers.get('location'), '/orders/%C3%BC')
  })

  it('refuses to redirect where a client may have put another host', async () => {
    const answer = await answerOf((c) => c.redirect('//evil.example'))
    assert.equal(answer.status, 500)
    assert.equal((await problemOf(answer)).code, 'BAD_REDIRECT')
  })

  it('is a page from the template engine', async () => {
    const templates = { render: (name: string, data: object) => `<${name}>${JSON.stringify(data)}` }
    const later = { render: async (name: string) => `<${name}>later` }
    const page = await answerOf((c) => c.render('home', { a: 1 }, 201), {}, { templates })
    assert.equal(page.status, 201)
    assert.equal(await page.text(), '<home>{"a":1}')
    assert.equal(await (await answerOf((c) => c.render('home'), {}, { templates: later })).text(), '<home>later')
    assert.equal((await problemOf(await answerOf((c) => c.render('home')))).code, 'TEMPLATES_MISSING')
  })

  it('is written as its schema declares: what is not declared is dropped', async () => {
    const app = createApp()
    const User = z.object({ name: z.string() })
    const row = { name: 'ann', passwordHash: 'secret' }
    app.get('/one', { responses: { 200: User } }, (c) => c.json(row))
    app.get('/returned', { responses: { 200: User } }, () => row)
    app.get('/undeclared', { responses: { 200: User } }, (c) => (c as HttpContext).json(row, 203))
    assert.equal(await (await app.request('/one')).text(), '{"name":"ann"}')
    assert.equal(await (await app.request('/returned')).text(), '{"name":"ann"}')
    assert.equal(await (await app.request('/undeclared')).text(), JSON.stringify(row))
  })

  it('takes the only success status that is declared', async () => {
    const app = createApp()
    app.post('/made', { responses: { 201: z.object({}), 409: z.object({}) } }, () => ({}))
    app.delete('/gone', { responses: { 204: null } }, () => undefined)
    app.get('/text', { responses: { 200: z.string() } }, () => 'hi')
    assert.equal((await app.request('/made', { method: 'POST' })).status, 201)
    assert.equal((await app.request('/gone', { method: 'DELETE' })).status, 204)
    assert.equal(await (await app.request('/text')).text(), '"hi"')
  })

  it('that JSON cannot say is a 500, and told to onFault', async () => {
    const faults: unknown[] = []
    const circular: { self?: object } = {}
    circular.self = circular
    const answer = await answerOf(() => circular, {}, { onFault: (error) => faults.push(error) })
    assert.equal(answer.status, 500)
    assert.equal((await problemOf(answer)).code, 'INTERNAL')
    assert.equal(faults.length, 1)
  })
})

describe('an error', () => {
  const thrown = new ServiceError('OUT_OF_STOCK', 'No more of it.', { status: 409, details: { sku: 'a' } })

  it('is a problem (RFC 9457)', async () => {
    const answer = await answerOf(() => {
      throw thrown
    })
    assert.equal(answer.status, 409)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    const { requestId, ...problem } = await problemOf(answer)
    assert.equal(typeof requestId, 'string')
    assert.deepEqual(problem, {
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'No more of it.',
      code: 'OUT_OF_STOCK',
      instance: '/x/7',
      sku: 'a',
    })
  })

  it('is an envelope where the app is set so', async () => {
    const answer = await answerOf(
      () => {
        throw thrown
      },
      {},
      { errors: 'envelope' },
    )
    assert.equal(answer.status, 409)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    const { code, message, data } = (await answer.json()) as { code: string; message: string; data: { sku: string } }
    assert.equal(code, 'OUT_OF_STOCK')
    assert.equal(message, 'No more of it.')
    assert.equal(data.sku, 'a')
  })

  const unknown: { value: unknown; why: string }[] = [
    { value: new Error('password is hunter2'), why: 'an error of a library' },
    { value: 'hunter2', why: 'a string' },
    { value: { password: 'hunter2' }, why: 'an object' },
    { value: undefined, why: 'nothing at all' },
  ]
  for (const { value, why } of unknown) {
    it(`of unknown kind keeps its text to itself and tells the time: ${why}`, async () => {
      const clock = new ManualClock()
      const answer = await answerOf(
        () => {
          throw value
        },
        {},
        { clock },
      )
      assert.equal(answer.status, 500)
      const text = await answer.text()
      assert.ok(!text.includes('hunter2'))
      assert.equal(JSON.parse(text).timestamp, new Date(clock.now()).toISOString())
    })
  }

  it('cannot pretend to be another one by its details', async () => {
    const answer = await answerOf(() => {
      throw new ServiceError('REAL', 'Real.', { status: 400, details: { code: 'FAKE', status: 200 } })
    })
    assert.equal((await problemOf(answer)).code, 'REAL')
  })

  it('is answered by onError, where there is one', async () => {
    const app = createApp().onError((error, c) => c.text(`oh: ${(error as Error).message}`, 418))
    app.get('/sync', () => {
      throw new Error('now')
    })
    app.get('/async', async () => {
      throw new Error('later')
    })
    assert.equal(await (await app.request('/sync')).text(), 'oh: now')
    const later = await app.request('/async')
    assert.equal(later.status, 418)
    assert.equal(await later.text(), 'oh: later')
    assert.match(await (await app.request('/nothing')).text(), /oh: There is nothing/)
  })

  it('stays a problem where onError returns nothing, or fails itself', async () => {
    const silent = createApp().onError(() => undefined)
    silent.get('/x', () => {
      throw thrown
    })
    assert.equal((await problemOf(await silent.request('/x'))).code, 'OUT_OF_STOCK')
    const broken = createApp().onError(async () => {
      throw new Error('worse')
    })
    broken.get('/x', () => {
      throw thrown
    })
    assert.equal((await problemOf(await broken.request('/x'))).code, 'INTERNAL')
  })

  it('keeps headers of the layers around and drops what spoke of the content', async () => {
    const app = createApp()
    app.use((c, next) => {
      c.header('access-control-allow-origin', '*')
      return next()
    })
    app.get('/x', (c) => {
      c.header('etag', '"v1"').header('cache-control', 'max-age=60').header('content-type', 'image/png')
      throw thrown
    })
    const { headers } = await app.request('/x')
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(headers.get('etag'), null)
    assert.equal(headers.get('cache-control'), null)
    assert.equal(headers.get('content-type'), 'application/problem+json')
  })

  it('can be returned as a problem', async () => {
    const answer = await answerOf((c) => c.problem(thrown))
    assert.equal(answer.status, 409)
    assert.equal((await problemOf(answer)).code, 'OUT_OF_STOCK')
  })
})

describe('a context', () => {
  it('is over after the answer', async () => {
    let kept: HttpContext | undefined
    await (
      await answerOf((c) => {
        kept = c
        void c.raw.headers
        return 'hi'
      })
    ).text()
    const uses: ((c: HttpContext) => unknown)[] = [
      (c) => c.method,
      (c) => c.params,
      (c) => c.state,
      (c) => c.signal,
      (c) => c.json({}),
      (c) => c.header('a', 'b'),
      (c) => c.raw,
      (c) => c.detach(),
    ]
    for (const use of uses) assert.throws(() => use(kept as HttpContext), { code: 'CONTEXT_RELEASED' }, String(use))
  })

  it('takes what it handed out with it', async () => {
    let raw: HttpContext['raw'] | undefined
    await answerOf((c) => {
      raw = c.raw
      void c.raw.headers
    })
    assert.throws(() => raw?.header('accept'), { code: 'CONTEXT_RELEASED' })
    assert.throws(() => raw?.headers, { code: 'CONTEXT_RELEASED' })
  })

  for (const isAsync of [false, true]) {
    it(`kept by whoever, never meets the next request: ${isAsync ? 'asynchronous' : 'synchronous'} ones`, async () => {
      const kept: { c: HttpContext; raw: HttpContext['raw']; reply: HttpContext['reply']; next: () => unknown }[] = []
      const handled: string[] = []
      const waiting = Promise.withResolvers<void>()
      const app = createApp()
      app.use((c, next) => {
        const { raw, reply } = c
        kept.push({ c, raw, reply, next })
        if (c.path !== '/x/first') return next()
        return isAsync ? Promise.resolve().then(() => c.text('refused', 403)) : c.text('refused', 403)
      })
      app.post('/x/:id', { query: z.object({ q: z.string() }), body: z.object({ a: z.number() }) }, async (c) => {
        handled.push(c.params.id)
        await waiting.promise
        return c.json([c.params.id, c.query.q, c.body.a, c.raw.header('x-of'), c.id])
      })
      const ask = (id: string) =>
        app.request(`/x/${id}?q=${id}`, { method: 'POST', body: { a: id.length }, headers: { 'x-of': id } })
      assert.equal((await ask('first')).status, 403)
      const second = ask('second')
      while (handled.length === 0) await Promise.resolve()

      const [first] = kept
      assert.throws(() => first?.c.params, { code: 'CONTEXT_RELEASED' })
      assert.throws(() => first?.c.status(500), { code: 'CONTEXT_RELEASED' })
      assert.throws(() => first?.raw.header('x-of'), { code: 'CONTEXT_RELEASED' })
      assert.throws(() => first?.raw.bytes(), { code: 'CONTEXT_RELEASED' })
      await assert.rejects(async () => first?.next(), { code: 'CONTEXT_RELEASED' })
      if (first !== undefined) {
        first.reply.status = 500
        first.reply.headers.set('x-stale', 'yes')
      }
      waiting.resolve()
      const answer = await second
      assert.deepEqual([answer.status, answer.headers.get('x-stale')], [200, null])
      assert.deepEqual(((await answer.json()) as unknown[]).slice(0, 4), ['second', 'second', 6, 'second'])
      assert.deepEqual(handled, ['second'])
    })
  }

  it('can be copied for work that goes on', async () => {
    const app = createApp()
    let copy: ReturnType<HttpContext['detach']> | undefined
    app.post('/x/:id', { body: z.object({ a: z.number() }) }, (c) => {
      const { state } = c as unknown as { state: { user?: string } }
      state.user = 'ann'
      copy = c.detach() as typeof copy
      return 'ok'
    })
    await app.request('/x/7?page=2', { method: 'POST', body: { a: 1 } })
    assert.equal(copy?.path, '/x/7')
    assert.deepEqual({ ...(copy?.params as object) }, { id: '7' })
    assert.deepEqual(copy?.body, { a: 1 })
    assert.deepEqual(copy?.state, { user: 'ann' })
    assert.equal(copy?.url, 'http://localhost/x/7?page=2')
  })

  it('lives until the last piece of a stream', async () => {
    const app = createApp()
    app.get('/x', async function* (c) {
      yield `${c.method} `
      await Promise.resolve()
      yield c.path
    })
    assert.equal(await (await app.request('/x')).text(), 'GET /x')
  })
})

describe('a deadline', () => {
  it('answers for a handler that takes too long, and ends its context', async () => {
    const clock = new ManualClock()
    const trail: string[] = []
    const app = createApp({ clock, timeoutMs: 1_000 })
    app.use(async (c, next) => {
      try {
        return await next()
      } catch (error) {
        trail.push(`layer saw ${(error as ServiceError).code}`)
        c.header('x-layer', 'still writing')
        throw error
      }
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    let late: Promise<unknown> | undefined
    app.get('/x', (c) => {
      c.signal.addEventListener('abort', () => trail.push('signal aborted'))
      late = promise.then(() => c.json({ too: 'late' }))
      return late as Promise<undefined>
    })
    const pending = app.request('/x')
    await Promise.resolve()
    await clock.advance(1_000)
    const answer = await pending
    assert.equal(answer.status, 504)
    assert.equal(answer.headers.get('x-layer'), 'still writing')
    assert.equal((await problemOf(answer)).code, 'DEADLINE_EXCEEDED')
    assert.deepEqual(trail, ['signal aborted', 'layer saw DEADLINE_EXCEEDED'])
    resolve()
    await assert.rejects(late as Promise<unknown>, { code: 'CONTEXT_RELEASED' })
  })

  it('of a route is used instead of the app’s', async () => {
    const app = createApp({ clock: new ManualClock(), timeoutMs: 1_000 })
    app.get('/x', { timeoutMs: 50 }, (c) => String(c.context.remainingMs()))
    app.get('/y', (c) => String(c.context.remainingMs()))
    assert.equal(await (await app.request('/x')).text(), '50')
    assert.equal(await (await app.request('/y')).text(), '1000')
  })

  it('is not set for streams of events, which have no end', async () => {
    const app = createApp({ timeoutMs: 1_000 })
    app.get('/x', { stream: z.unknown() }, (c) => c.text(String(c.context.remainingMs())))
    assert.equal(await (await app.request('/x')).text(), 'Infinity')
  })

  it('can be made nearer by a layer, for those inside', async () => {
    const clock = new ManualClock()
    const app = createApp({ clock })
    let outside: number | undefined
    app.use(async (c, next) => {
      const reply = await c.deadline(20, next)
      outside = c.context.remainingMs()
      return reply
    })
    app.get('/x', async (c) => `${c.context.remainingMs()} ${currentContext()?.remainingMs()}`)
    assert.equal(await (await app.request('/x')).text(), '20 20')
    assert.equal(outside, Number.POSITIVE_INFINITY)
  })
})

describe('a client that leaves', () => {
  it('cancels the request’s context', async () => {
    const client = new AbortController()
    const app = createApp()
    const { promise: reason, resolve } = Promise.withResolvers<unknown>()
    app.get('/x', async (c) => {
      const aborted = new Promise((done) => c.signal.addEventListener('abort', done, { once: true }))
      client.abort()
      await aborted
      resolve(c.signal.reason)
      return 'nobody reads this'
    })
    await assert.rejects(app.request('/x', { signal: client.signal }), { name: 'AbortError' })
    assert.equal(((await reason) as ServiceError).code, 'CLIENT_GONE')
  })

  it('cancels it wherever the layers have got to', async () => {
    const client = new AbortController()
    const app = createApp()
    const seen: boolean[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    app.use(async (c, next) => {
      const outer = c.context
      await c.deadline(60_000, next)
      seen.push(outer.cancelled !== undefined)
      resolve()
    })
    app.get('/x', async (c) => {
      const aborted = new Promise((done) => c.signal.addEventListener('abort', done, { once: true }))
      await Promise.resolve()
      client.abort()
      await aborted
    })
    await assert.rejects(app.request('/x', { signal: client.signal }), { name: 'AbortError' })
    await promise
    assert.deepEqual(seen, [true])
  })

  it('ends the source of a stream', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const app = createApp()
    app.get('/x', async function* (c) {
      try {
        for (;;) {
          yield 'x'.repeat(65_536)
          c.context.throwIfCancelled()
        }
      } finally {
        resolve('ended')
      }
    })
    const answer = await app.request('/x')
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    assert.equal(await promise, 'ended')
  })

  it('is sent away by abort()', async () => {
    await assert.rejects(
      answerOf((c) => c.abort(new Error('enough'))),
      { code: 'ANSWER_INCOMPLETE' },
    )
  })
})

describe('an answer in another format', () => {
  const shouting = {
    contentType: 'text/x-shout',
    decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes).toLowerCase(),
    encode: (value: unknown) => new TextEncoder().encode(JSON.stringify(value).toUpperCase()),
  }
  const rows = [
    { accept: 'text/x-shout', type: 'text/x-shout', body: '{"A":"B"}', why: 'the client asks for it' },
    {
      accept: 'application/json, text/x-shout;q=0.5',
      type: 'application/json',
      body: '{"a":"b"}',
      why: 'it prefers JSON',
    },
    { accept: '*/*', type: 'application/json', body: '{"a":"b"}', why: 'it takes anything, and JSON is first' },
    { accept: 'image/png', type: 'application/json', body: '{"a":"b"}', why: 'it takes nothing of ours' },
  ]
  for (const { accept, type, body, why } of rows) {
    it(`is ${type} for '${accept}': ${why}`, async () => {
      const app = createApp({ codecs: [shouting] })
      app.get('/x', { responses: { 200: z.object({ a: z.string() }) } }, (c) =>
        c.json({ a: 'b', secret: 'x' } as { a: string }),
      )
      const answer = await app.request('/x', { headers: { accept } })
      assert.equal(answer.headers.get('content-type'), type)
      assert.equal(answer.headers.get('vary'), 'accept')
      assert.equal(await answer.text(), body)
    })
  }

  it('does not change errors', async () => {
    const app = createApp({ codecs: [shouting] })
    const answer = await app.request('/nothing', { headers: { accept: 'text/x-shout' } })
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  })
})
