import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { defineApi, del, get } from '../api/define-api.ts'
import { type App, createApp } from './app.ts'
import type { HttpContext } from './context.ts'
import type { Middleware } from './middleware.ts'

interface Problem {
  readonly code: string
  readonly detail: string
  readonly [member: string]: unknown
}

const problemOf = async (answer: Response) => (await answer.json()) as Problem

/** Writes its name down on the way in and on the way out. */
function tracer(trail: string[], name: string): Middleware {
  return async (_c, next) => {
    trail.push(`${name} in`)
    await next()
    trail.push(`${name} out`)
  }
}

const textOf = async (app: App, path: string, method = 'GET') => (await app.request(path, { method })).text()

describe('createApp', () => {
  it('answers a route', async () => {
    const app = createApp()
    app.get('/ping', () => 'pong')
    const answer = await app.request('/ping')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(await answer.text(), 'pong')
  })

  it('tells methods apart', async () => {
    const app = createApp()
    app.get('/x', () => 'get')
    app.post('/x', () => 'post')
    app.put('/x', () => 'put')
    app.patch('/x', () => 'patch')
    app.delete('/x', () => 'delete')
    app.options('/x', () => 'options')
    app.handle(['REPORT', 'SEARCH'], '/x', {}, (c) => c.method.toLowerCase())
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT', 'SEARCH']) {
      assert.equal(await textOf(app, '/x', method), method.toLowerCase())
    }
  })

  it('takes any method where none fits better', async () => {
    const app = createApp()
    app.any('/x', (c) => `any ${c.method}`)
    app.get('/x', () => 'get')
    assert.equal(await textOf(app, '/x'), 'get')
    assert.equal(await textOf(app, '/x', 'BREW'), 'any BREW')
  })

  it('answers HEAD by GET, without the body', async () => {
    const app = createApp()
    app.get('/x', (c) => c.header('x-method', c.method).text('hello'))
    const answer = await app.request('/x', { method: 'HEAD' })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-method'), 'HEAD')
    assert.equal(answer.headers.get('content-length'), '5')
    assert.equal(await answer.text(), '')
  })

  it('says what a path allows: 405, and OPTIONS', async () => {
    const app = createApp()
    app.get('/x', () => 'get')
    app.delete('/x', () => 'delete')
    const refused = await app.request('/x', { method: 'POST' })
    assert.equal(refused.status, 405)
    assert.equal(refused.headers.get('allow'), 'GET, HEAD, DELETE, OPTIONS')
    assert.equal((await problemOf(refused)).code, 'METHOD_NOT_ALLOWED')
    const asked = await app.request('/x', { method: 'OPTIONS' })
    assert.equal(asked.status, 204)
    assert.equal(asked.headers.get('allow'), 'GET, HEAD, DELETE, OPTIONS')
  })

  it('answers OPTIONS * for the server as a whole', async () => {
    const app = createApp()
    app.get('/x', () => 'get')
    const answer = await app.request('*', { method: 'OPTIONS' })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
  })

  it('serves TRACE to nobody who did not ask for it: it would show cookies to scripts', async () => {
    const app = createApp()
    app.get('/x', () => 'get')
    assert.equal((await app.request('/x', { method: 'TRACE' })).status, 405)
  })

  it('redirects to the path with or without its last slash, and keeps the query', async () => {
    const app = createApp()
    app.get('/users', () => 'users')
    app.post('/users', () => 'made')
    const answer = await app.request('/users/?page=2')
    assert.equal(answer.status, 301)
    assert.equal(answer.headers.get('location'), '/users?page=2')
    assert.equal((await app.request('/users/', { method: 'POST' })).status, 307)
  })

  it('answers 404 as a problem, and 400 for a path that cannot be read', async () => {
    const app = createApp()
    app.get('/x', () => 'x')
    const missing = await app.request('/nothing')
    assert.equal(missing.status, 404)
    assert.equal(missing.headers.get('content-type'), 'application/problem+json')
    assert.equal((await problemOf(missing)).code, 'NOT_FOUND')
    const broken = await app.request('/%zz')
    assert.equal(broken.status, 400)
    assert.equal((await problemOf(broken)).code, 'BAD_PATH')
  })

  it('lets notFound answer what no route fits, with 404 unless it says otherwise', async () => {
    const app = createApp().notFound((c) => c.html('<h1>Nothing here</h1>'))
    const answer = await app.request('/nothing')
    assert.equal(answer.status, 404)
    assert.equal(await answer.text(), '<h1>Nothing here</h1>')
  })

  it('lists its routes with their layers', () => {
    const app = createApp()
    app.use(function log(_c, next) {
      return next()
    })
    app.post('/orders', { name: 'place', summary: 'Places an order' }, () => 'ok')
    app.group('/admin', (_c, next) => next()).get('/users/:id', () => 'ok')
    assert.deepEqual(
      app.routes().map(({ method, path, name, middleware }) => ({ method, path, name, middleware })),
      [
        { method: 'GET', path: '/admin/users/:id', name: 'GET /admin/users/:id', middleware: ['log', 'anonymous'] },
        { method: 'POST', path: '/orders', name: 'place', middleware: ['log'] },
      ],
    )
  })

  it('names both routes of a conflict where it is made', () => {
    const app = createApp()
    app.get('/users/:id', () => 'a')
    assert.throws(
      () => app.get('/users/:name', () => 'b'),
      (error: Error & { code?: string }) =>
        error.code === 'ROUTE_CONFLICT' &&
        error.message.includes('/users/:id') &&
        error.message.includes('/users/:name'),
    )
  })

  it('refuses routes, middleware and groups of them once it answers', async () => {
    const app = createApp()
    const group = app.group('/api')
    app.get('/x', () => 'x')
    await app.request('/x')
    assert.throws(() => app.get('/late', () => 'late'), { code: 'APP_SEALED' })
    assert.throws(() => group.use((_c, next) => next()), { code: 'APP_SEALED' })
  })

  it('refuses a route with both a body and a form, and one without a handler', () => {
    const app = createApp()
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const
    assert.throws(() => app.post('/x', { body: schema, form: schema }, () => 'x'), { code: 'BAD_ROUTE' })
    assert.throws(() => app.get('/x', 'no function' as never), { code: 'BAD_ROUTE' })
  })

  it('can be Gin: names of parameters, slashes of catch-alls, no HEAD of its own', async () => {
    const app = createApp({ router: { preset: 'gin' } })
    app.get('/files/*path', (c) => c.text(c.params.path))
    assert.equal(await textOf(app, '/files/a/b'), '/a/b')
    assert.equal((await app.request('/files/a', { method: 'HEAD' })).status, 404)
  })
})

describe('groups and middleware', () => {
  it('nest: prefixes add up, layers run from the outside in and back', async () => {
    const trail: string[] = []
    const app = createApp()
    app.use(tracer(trail, 'app'))
    const api = app.group('/api', tracer(trail, 'api'))
    const admin = api.group('/admin', tracer(trail, 'admin'))
    admin.get('/users/:id', tracer(trail, 'route'), (c) => {
      trail.push(`handler ${c.params.id}`)
      return 'ok'
    })
    assert.equal(await textOf(app, '/api/admin/users/7'), 'ok')
    assert.deepEqual(trail, [
      'app in',
      'api in',
      'admin in',
      'route in',
      'handler 7',
      'route out',
      'admin out',
      'api out',
      'app out',
    ])
  })

  it('cover every route of the group and none beside it', async () => {
    const trail: string[] = []
    const app = createApp()
    app.group('/a', tracer(trail, 'a')).get('/x', () => 'a')
    app.get('/b', () => 'b')
    await app.request('/b')
    assert.deepEqual(trail, [])
  })

  it('cover routes of groups that were made before the layer was put around', async () => {
    const trail: string[] = []
    const app = createApp()
    const api = app.group('/api')
    app.use(tracer(trail, 'app'))
    api.get('/x', () => 'x')
    await app.request('/api/x')
    assert.deepEqual(trail, ['app in', 'app out'])
  })

  it('cannot leave a route out: use() after a route is refused, in the group and in those around it', () => {
    const app = createApp()
    const api = app.group('/api')
    api.get('/x', () => 'x')
    const late = function authenticate(_c: HttpContext, next: Parameters<Middleware>[1]) {
      return next()
    }
    assert.throws(() => api.use(late), { code: 'MIDDLEWARE_AFTER_ROUTES', message: /authenticate/ })
    assert.throws(() => app.use(late), { code: 'MIDDLEWARE_AFTER_ROUTES' })
    app.group('/other').use(late)
  })

  it('of the app also run around what no route fits', async () => {
    const app = createApp()
    app.use((c, next) => {
      c.header('x-layer', 'app')
      return next()
    })
    app.get('/x', () => 'x')
    assert.equal((await app.request('/nothing')).headers.get('x-layer'), 'app')
    assert.equal((await app.request('/x', { method: 'POST' })).headers.get('x-layer'), 'app')
    assert.equal((await app.request('/x/')).headers.get('x-layer'), 'app')
  })

  const prefixes = ['api', '/api/', '/']
  for (const prefix of prefixes) {
    it(`refuse the prefix '${prefix}'`, () => {
      assert.throws(() => createApp().group(prefix), { code: 'BAD_PREFIX' })
    })
  }

  it('answer in place of the handler when they return without next()', async () => {
    const app = createApp()
    app.get(
      '/x',
      (c, next) => (c.raw.header('authorization') === undefined ? c.json({ code: 'NO' }, 401) : next()),
      () => 'secret',
    )
    const refused = await app.request('/x')
    assert.equal(refused.status, 401)
    assert.deepEqual(await refused.json(), { code: 'NO' })
    assert.equal(await (await app.request('/x', { headers: { authorization: 'yes' } })).text(), 'secret')
  })

  it('may change the answer after next()', async () => {
    const app = createApp()
    app.use(async (c, next) => {
      const reply = await next()
      c.header('x-seen', String(reply.status))
      if (reply.body.kind === 'json') return c.json({ wrapped: reply.body.value })
      return undefined
    })
    app.get('/x', (c) => c.status(202).json({ id: 1 }))
    const answer = await app.request('/x')
    assert.equal(answer.status, 202)
    assert.equal(answer.headers.get('x-seen'), '202')
    assert.deepEqual(await answer.json(), { wrapped: { id: 1 } })
  })

  it('may catch what the inside throws', async () => {
    const app = createApp()
    app.use(async (c, next) => {
      try {
        return await next()
      } catch {
        return c.text('caught', 503)
      }
    })
    app.get('/x', () => {
      throw new Error('inside')
    })
    const answer = await app.request('/x')
    assert.equal(answer.status, 503)
    assert.equal(await answer.text(), 'caught')
  })

  const mistakes: { layer: Middleware; code: string; why: string }[] = [
    { layer: async function forgets() {}, code: 'NO_ANSWER', why: 'it neither answers nor goes on' },
    {
      layer: async function hurries(_c, next) {
        void next()
      },
      code: 'NEXT_NOT_AWAITED',
      why: 'it ends while the inside still works',
    },
    {
      layer: async function repeats(_c, next) {
        await next()
        await next()
      },
      code: 'NEXT_CALLED_TWICE',
      why: 'the inside can only run once',
    },
  ]
  for (const { layer, code, why } of mistakes) {
    it(`are told of a mistake by ${code} with their name: ${why}`, async () => {
      const app = createApp()
      app.get('/x', layer, async () => {
        await Promise.resolve()
        return 'late'
      })
      const answer = await app.request('/x')
      assert.equal(answer.status, 500)
      const problem = await problemOf(answer)
      assert.equal(problem.code, code)
      assert.match(problem.detail, new RegExp(layer.name))
    })
  }
})

describe('implement', () => {
  const api = defineApi({
    read: get('/orders/:id', { responses: { 200: z.object({ id: z.string() }) } }),
    remove: del('/orders/:id', { responses: { 204: null } }),
  })

  it('serves a contract by the names of its operations, inside of the group and of its own middleware', async () => {
    const trail: string[] = []
    const app = createApp()
    app
      .group('/v1', tracer(trail, 'group'))
      .implement(api, { read: (c) => ({ id: c.params.id }), remove: (c) => c.noContent() }, tracer(trail, 'own'))
    assert.deepEqual(await (await app.request('/v1/orders/7')).json(), { id: '7' })
    assert.equal((await app.request('/v1/orders/7', { method: 'DELETE' })).status, 204)
    assert.deepEqual(trail.slice(0, 4), ['group in', 'own in', 'own out', 'group out'])
    assert.deepEqual(
      app.routes().map(({ name }) => name),
      ['read', 'remove'],
    )
  })

  it('refuses a contract with an operation that nobody handles', () => {
    const handlers = { read: () => ({ id: '1' }) }
    assert.throws(() => createApp().implement(api, handlers as never), { code: 'HANDLER_MISSING', message: /remove/ })
  })
})

describe('mount', () => {
  it('hands a whole fetch app everything under the prefix, without it', async () => {
    const app = createApp()
    app.group('/v1').mount('/legacy', async (request) => {
      const { pathname, search } = new URL(request.url)
      return new Response(`${request.method} ${pathname}${search} ${await request.text()}`, {
        status: 201,
        headers: [
          ['x-app', 'mounted'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      })
    })
    const answer = await app.request('/v1/legacy/users/7?page=2', { method: 'POST', body: 'hello' })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('x-app'), 'mounted')
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(await answer.text(), 'POST /users/7?page=2 hello')
    assert.equal(await (await app.request('/v1/legacy')).text(), 'GET / ')
  })

  it('runs inside the middleware of its group', async () => {
    const app = createApp()
    app
      .group('', (c, next) => {
        c.header('x-layer', 'yes')
        return next()
      })
      .mount('/m', () => new Response('ok'))
    assert.equal((await app.request('/m/x')).headers.get('x-layer'), 'yes')
  })

  it('refuses a prefix with parameters', () => {
    assert.throws(() => createApp().mount('/:tenant', () => new Response()), { code: 'BAD_PREFIX' })
  })
})

describe('openapi', () => {
  it('is printed from the routes, without those that are not to be documented', async () => {
    const app = createApp()
    app.get('/users/:id', { name: 'readUser', summary: 'Reads a user' }, () => 'ok')
    app.get('/internal', { undocumented: true }, () => 'ok')
    const document = await app.openapi({ title: 'Users', version: '1' })
    assert.equal(document.info.title, 'Users')
    assert.deepEqual(Object.keys(document.paths), ['/users/{id}'])
    assert.equal(document.paths['/users/{id}']?.get?.operationId, 'readUser')
  })
})
