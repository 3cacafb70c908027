import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RouteMatch } from './route-match.ts'
import { type RouteDecision, Router } from './router.ts'
import type { RouterOptions } from './router-options.ts'

/** What a decision comes to, in one line. */
function decide(routes: string[], request: string, options?: RouterOptions): string {
  const router = new Router<string>(options)
  for (const route of routes) {
    const [method = '', pattern = ''] = route.split(' ')
    router.add(method, pattern, route)
  }
  const { decision, params } = ask(router, request)
  if (decision.kind === 'found') return [decision.value, ...params].join(' | ')
  if (decision.kind === 'redirect') return `${decision.status} ${decision.location}`
  if (decision.kind === 'options' || decision.kind === 'method-not-allowed') return `${decision.kind} ${decision.allow}`
  return decision.kind
}

function ask(router: Router<string>, request: string): { decision: RouteDecision<string>; params: string[] } {
  const [method = '', target = ''] = request.split(' ')
  // Bytes around the target, as in a receive buffer.
  const head = new TextEncoder().encode(`${request} HTTP/1.1`)
  const pathStart = method.length + 1
  const question = target.indexOf('?')
  const pathEnd = pathStart + (question === -1 ? target.length : question)
  const queryStart = question === -1 ? pathEnd : pathEnd + 1
  const match = new RouteMatch()
  const decision = router.decide(
    { method, head, pathStart, pathEnd, queryStart, queryEnd: pathStart + target.length },
    match,
  )
  const names = decision.kind === 'found' ? decision.pattern.names : []
  return { decision, params: names.map((name, i) => `${name}=${router.param(head, match, i)}`) }
}

describe('the route that is found', () => {
  const rows: { routes: string[]; request: string; expected: string; why: string }[] = [
    {
      routes: ['GET /users/me', 'GET /users/:id', 'GET /users/*rest'],
      request: 'GET /users/me',
      expected: 'GET /users/me',
      why: 'static text goes before a parameter',
    },
    {
      routes: ['GET /users/me', 'GET /users/:id', 'GET /users/*rest'],
      request: 'GET /users/mel',
      expected: 'GET /users/:id | id=mel',
      why: 'a parameter goes before a catch-all, also where static text began to fit',
    },
    {
      routes: ['GET /users/me', 'GET /users/:id', 'GET /users/*rest'],
      request: 'GET /users/7/x/y',
      expected: 'GET /users/*rest | rest=7/x/y',
      why: 'a catch-all takes what is left',
    },
    {
      routes: ['GET /a/:x/c', 'GET /a/b/:y', 'GET /:z/*rest'],
      request: 'GET /a/b/c',
      expected: 'GET /a/b/:y | y=c',
      why: 'the earlier static part wins over the later one',
    },
    {
      routes: ['GET /a/b/c/d', 'GET /a/:x/c/e', 'GET /:z/b/:y/f'],
      request: 'GET /a/b/c/f',
      expected: 'GET /:z/b/:y/f | z=a | y=c',
      why: 'it goes back over several dead ends and forgets their parameters',
    },
    {
      routes: ['GET /a/:x/c/e', 'GET /a/*rest'],
      request: 'GET /a/b/c/f',
      expected: 'GET /a/*rest | rest=b/c/f',
      why: 'a catch-all is the last way out of a dead end',
    },
    {
      routes: ['GET /user_:name', 'GET /user_x', 'GET /:any'],
      request: 'GET /user_xy',
      expected: 'GET /user_:name | name=xy',
      why: 'a parameter may follow text',
    },
    {
      routes: ['GET /users/:id', 'GET /users/:user/posts'],
      request: 'GET /users/7/posts',
      expected: 'GET /users/:user/posts | user=7',
      why: 'names belong to a route, not to a place',
    },
    {
      routes: ['GET /files/', 'GET /files/*path'],
      request: 'GET /files/',
      expected: 'GET /files/',
      why: 'a catch-all may stand beside its own slash',
    },
    {
      routes: ['GET /files/*path'],
      request: 'GET /files/',
      expected: 'GET /files/*path | path=',
      why: 'a catch-all may be empty',
    },
    {
      routes: ['GET /a/:x/b'],
      request: 'GET /a//b',
      expected: 'not-found',
      why: 'a parameter is never empty',
    },
    { routes: ['GET /a/../b'], request: 'GET /b', expected: 'not-found', why: 'dot segments are text' },
    {
      routes: ['GET /files/*path'],
      request: 'GET /files/../../etc',
      expected: 'GET /files/*path | path=../../etc',
      why: 'dot segments reach the handler, who must guard itself',
    },
    { routes: ['GET /v1\\:batch'], request: 'GET /v1:batch', expected: 'GET /v1\\:batch', why: 'an escaped colon' },
    {
      routes: ['* /*rest', 'GET /a'],
      request: 'PROPFIND /a',
      expected: '* /*rest | rest=a',
      why: 'a route for any method takes those without their own',
    },
    { routes: ['* /a', 'GET /:x'], request: 'GET /a', expected: 'GET /:x | x=a', why: 'the own method goes first' },
    { routes: ['GET /a'], request: 'HEAD /a', expected: 'GET /a', why: 'GET answers HEAD' },
    { routes: ['GET /a', 'HEAD /a'], request: 'HEAD /a', expected: 'HEAD /a', why: 'unless HEAD has its own' },
    {
      routes: ['* /a', 'GET /a'],
      request: 'HEAD /a',
      expected: 'GET /a',
      why: 'GET is nearer to HEAD than any method',
    },
  ]
  for (const { routes, request, expected, why } of rows) {
    it(`${request} in [${routes.join(', ')}]: ${why}`, () => assert.equal(decide(routes, request), expected))
  }
})

describe('escapes in a path', () => {
  const rows: { routes: string[]; request: string; expected: string; why: string; options?: RouterOptions }[] = [
    { routes: ['GET /café'], request: 'GET /caf%C3%A9', expected: 'GET /café', why: 'static text is met decoded' },
    {
      routes: ['GET /caf%c3%a9'],
      request: 'GET /caf%C3%A9',
      expected: 'GET /caf%c3%a9',
      why: 'a pattern may be escaped',
    },
    { routes: ['GET /:x'], request: 'GET /caf%C3%A9', expected: 'GET /:x | x=café', why: 'values are decoded' },
    {
      routes: ['GET /me', 'GET /:x'],
      request: 'GET /%6de',
      expected: 'GET /me',
      why: 'an escape cannot dodge a route',
    },
    { routes: ['GET /me/x', 'GET /:x/*y'], request: 'GET /%6de/x', expected: 'GET /me/x', why: 'nor further in front' },
    { routes: ['GET /:x'], request: 'GET /a%2Fb', expected: 'GET /:x | x=a/b', why: '%2F is text' },
    {
      routes: ['GET /:x/:y'],
      request: 'GET /a%2Fb/c%2fd',
      expected: 'GET /:x/:y | x=a/b | y=c/d',
      why: 'in every segment',
    },
    { routes: ['GET /a/b'], request: 'GET /a%2Fb', expected: 'not-found', why: '%2F is no separator' },
    { routes: ['GET /a%2Fb'], request: 'GET /a%2fb', expected: 'GET /a%2Fb', why: 'a pattern may ask for it' },
    { routes: ['GET /a%2Fb'], request: 'GET /a%FFb', expected: 'bad-path', why: 'nothing else passes for it' },
    { routes: ['GET /:x'], request: 'GET /a%252Fb', expected: 'GET /:x | x=a%2Fb', why: 'decoded once' },
    { routes: ['GET /:x'], request: 'GET /a+b', expected: 'GET /:x | x=a+b', why: 'a plus is a plus' },
    { routes: ['GET /100%25'], request: 'GET /100%25', expected: 'GET /100%25', why: 'an escaped percent sign' },
    { routes: ['GET /100%25/:x'], request: 'GET /100%2525/7', expected: 'not-found', why: 'is decoded once, too' },
    { routes: ['GET /:x'], request: 'GET /%', expected: 'bad-path', why: 'an escape without digits' },
    { routes: ['GET /:x'], request: 'GET /%4', expected: 'bad-path', why: 'an escape with one digit' },
    { routes: ['GET /:x'], request: 'GET /%G0', expected: 'bad-path', why: 'an escape with other letters' },
    { routes: ['GET /:x'], request: 'GET /%C3%28', expected: 'bad-path', why: 'no valid UTF-8' },
    { routes: ['GET /:x'], request: 'GET /%ED%A0%80', expected: 'bad-path', why: 'a surrogate' },
    { routes: ['GET /:x'], request: 'GET /%C0%AF', expected: 'bad-path', why: 'a slash in too many bytes' },
    { routes: ['GET /a'], request: 'GET /nowhere/%zz', expected: 'bad-path', why: 'also where no route is' },
    {
      routes: ['GET /a/b'],
      request: 'GET /a%2Fb',
      expected: 'GET /a/b',
      why: '%2F separates if asked to',
      options: { encodedSlash: 'separator' },
    },
    {
      routes: ['GET /*p'],
      request: 'GET /a%2Fb',
      expected: 'GET /*p | p=a/b',
      why: 'a value is decoded all the same',
      options: { encodedSlash: 'separator' },
    },
    {
      routes: ['GET /me', 'GET /:x'],
      request: 'GET /%6de',
      expected: 'GET /:x | x=me',
      why: 'a raw path is matched as sent, its values are decoded',
      options: { useRawPath: true },
    },
    {
      routes: ['GET /café'],
      request: 'GET /caf%C3%A9',
      expected: 'GET /café',
      why: 'a raw path meets the usual escapes of a pattern',
      options: { useRawPath: true },
    },
    {
      routes: ['GET /:x'],
      request: 'GET /%6d%zz',
      expected: 'GET /:x | x=%6d%zz',
      why: 'values stay as sent',
      options: { useRawPath: true, unescapePathValues: false },
    },
    {
      routes: ['GET /a/:x/*p'],
      request: 'GET //a///b//c//d',
      expected: 'GET /a/:x/*p | x=b | p=c/d',
      why: 'slashes are joined',
      options: { removeExtraSlash: true },
    },
    {
      routes: ['GET /files/*p'],
      request: 'GET /files/a/b',
      expected: 'GET /files/*p | p=/a/b',
      why: 'with the slash in front',
      options: { catchAllValue: 'slash' },
    },
  ]
  for (const { routes, request, expected, why, options } of rows) {
    it(`${request} in [${routes.join(', ')}]: ${why}`, () => assert.equal(decide(routes, request, options), expected))
  }

  it('refuses a raw value only when it is read, with 400', () => {
    assert.throws(() => decide(['GET /:x'], 'GET /%zz', { useRawPath: true }), { code: 'BAD_PATH', status: 400 })
  })
})

describe('a request that no route fits', () => {
  const rows: { routes: string[]; request: string; expected: string; why: string; options?: RouterOptions }[] = [
    { routes: ['GET /a'], request: 'GET /a/', expected: '301 /a', why: 'a slash too many' },
    { routes: ['GET /a/'], request: 'GET /a', expected: '301 /a/', why: 'a slash too few' },
    { routes: ['GET /a/*p'], request: 'GET /a', expected: '301 /a/', why: 'a catch-all begins behind its slash' },
    { routes: ['GET /a'], request: 'GET /a/?x=1&y=%2F', expected: '301 /a?x=1&y=%2F', why: 'the query is kept' },
    { routes: ['GET /a'], request: 'HEAD /a/', expected: '301 /a', why: 'HEAD as GET' },
    { routes: ['POST /a'], request: 'POST /a/', expected: '307 /a', why: 'method and body are kept' },
    { routes: ['GET /:x'], request: 'GET /%C3%A9/', expected: '301 /%C3%A9', why: 'escapes are kept as sent' },
    { routes: ['GET /'], request: 'GET //', expected: '301 /', why: 'down to the root' },
    {
      routes: ['GET //:x/:y'],
      request: 'GET //evil.example/x/',
      expected: '301 /evil.example/x',
      why: 'not another host',
    },
    { routes: ['GET /:x'], request: 'GET /\\evil.example/', expected: '301 /evil.example', why: 'nor by a backslash' },
    { routes: ['GET /:x'], request: 'GET /\\/', expected: '301 /', why: 'nor by anything like it' },
    { routes: ['GET /a'], request: 'POST /a/', expected: 'not-found', why: 'the other path is for another method' },
    {
      routes: ['GET /a'],
      request: 'GET /a/',
      expected: 'not-found',
      why: 'switched off',
      options: { redirectTrailingSlash: false },
    },
    { routes: ['CONNECT /a'], request: 'CONNECT /a/', expected: 'not-found', why: 'CONNECT is never redirected' },
    {
      routes: ['GET /a', 'POST /a', 'DELETE /:x'],
      request: 'PUT /a',
      expected: 'method-not-allowed GET, HEAD, POST, DELETE, OPTIONS',
      why: 'Allow names what would be answered, in a fixed order',
    },
    {
      routes: ['GET /a', 'POST /a'],
      request: 'PUT /a',
      expected: 'method-not-allowed GET, POST',
      why: 'without HEAD and OPTIONS where they are off',
      options: { autoHead: false, autoOptions: false },
    },
    {
      routes: ['GET /a'],
      request: 'PUT /a',
      expected: 'not-found',
      why: 'switched off',
      options: { methodNotAllowed: false },
    },
    {
      routes: ['GET /café'],
      request: 'PUT /caf%C3%A9',
      expected: 'method-not-allowed GET, HEAD, OPTIONS',
      why: 'the other methods see the path decoded',
    },
    {
      routes: ['GET /a'],
      request: 'HEAD /a',
      expected: 'method-not-allowed GET, OPTIONS',
      why: 'HEAD is not answered where it is off',
      options: { autoHead: false },
    },
    {
      routes: ['GET /a', 'PUT /a'],
      request: 'OPTIONS /a',
      expected: 'options GET, HEAD, PUT, OPTIONS',
      why: 'what is there',
    },
    { routes: ['GET /a'], request: 'OPTIONS /b', expected: 'not-found', why: 'nothing is there' },
    {
      routes: ['GET /a', 'PUT /b'],
      request: 'OPTIONS *',
      expected: 'options GET, HEAD, PUT, OPTIONS',
      why: 'the server',
    },
    { routes: ['GET /a'], request: 'GET *', expected: 'not-found', why: 'only OPTIONS has that form' },
    {
      routes: ['GET /a'],
      request: 'OPTIONS /a',
      expected: 'method-not-allowed GET, HEAD',
      why: 'switched off',
      options: { autoOptions: false },
    },
    { routes: [], request: 'GET /', expected: 'not-found', why: 'no routes at all' },
  ]
  for (const { routes, request, expected, why, options } of rows) {
    it(`${request} in [${routes.join(', ')}]: ${why}`, () => assert.equal(decide(routes, request, options), expected))
  }
})

describe('the fixed path', () => {
  const routes = [
    'GET /hi',
    'GET /ABC/',
    'GET /users/:id',
    'GET /users/me',
    'GET /cmd/:tool/',
    'GET /src/*path',
    'GET /Π/Äpfêl',
    'GET /a%2Fb/:x',
    'POST /post',
  ]
  const rows: { request: string; expected: string; why: string; options?: RouterOptions }[] = [
    { request: 'GET /HI', expected: '301 /hi', why: 'case' },
    { request: 'GET /HI/', expected: '301 /hi', why: 'case and a slash too many' },
    { request: 'GET /abc', expected: '301 /ABC/', why: 'case and a slash too few' },
    { request: 'GET /USERS/Bob?q=X', expected: '301 /users/Bob?q=X', why: 'values and query are kept' },
    { request: 'GET /USERS/ME', expected: '301 /users/me', why: 'static text goes before a parameter' },
    { request: 'GET /CMD/Go', expected: '301 /cmd/Go/', why: 'a parameter and a slash too few' },
    { request: 'GET /SRC/A/../B//C', expected: '301 /src/B/C', why: 'dot segments and doubled slashes are resolved' },
    { request: 'GET /..//..//hi', expected: '301 /hi', why: 'never above the root' },
    { request: 'GET /hi/./.', expected: '301 /hi', why: 'single dots' },
    { request: 'GET /x/%2E%2E/hi', expected: '301 /hi', why: 'escaped dots, too' },
    { request: 'GET /%CF%80/%C3%A4PF%C3%8AL', expected: '301 /%CE%A0/%C3%84pf%C3%AAl', why: 'case beyond ASCII' },
    { request: 'GET /A%2fB/c%2fD', expected: '301 /a%2Fb/c%2FD', why: 'encoded slashes stay encoded' },
    { request: 'GET /Users/%25%5C%3F', expected: '301 /users/%25%5C%3F', why: 'what must be escaped is escaped' },
    { request: 'GET //evil.example/..', expected: 'not-found', why: 'no route for the root' },
    { request: 'POST /POST', expected: '307 /post', why: 'by method' },
    { request: 'HEAD /HI', expected: '301 /hi', why: 'HEAD as GET' },
    { request: 'PUT /POST', expected: 'not-found', why: 'not for another method' },
    { request: 'GET /HI', expected: 'not-found', why: 'off by default', options: {} },
    {
      request: 'GET /Users/%2e%2e',
      expected: '301 /users/%2e%2e',
      why: 'raw: as sent',
      options: { redirectFixedPath: true, useRawPath: true },
    },
  ]
  for (const { request, expected, why, options = { redirectFixedPath: true } } of rows) {
    it(`${request}: ${why}`, () => assert.equal(decide(routes, request, options), expected))
  }
})

describe('registration', () => {
  const conflicts: { first: string; second: string; why: string }[] = [
    { first: '/a', second: '/a', why: 'the same pattern' },
    { first: '/users/:id', second: '/users/:name', why: 'names do not tell paths apart' },
    { first: '/:a/x/:b', second: '/:c/x/:d', why: 'anywhere' },
    { first: '/src/*path', second: '/src/*rest', why: 'two catch-alls' },
    { first: '/é', second: '/%C3%A9', why: 'the same path, written differently' },
  ]
  for (const { first, second, why } of conflicts) {
    it(`refuses ${second} beside ${first}: ${why}`, () => {
      const router = new Router<number>()
      router.add('GET', first, 1, 'orders.ts:12')
      router.add('POST', second, 1)
      assert.throws(() => router.add('GET', second, 2), {
        code: 'ROUTE_CONFLICT',
        message: `Route GET ${second} conflicts with GET ${first} (orders.ts:12): they fit the same paths. Remove one, or give one another path or method.`,
      })
    })
  }

  it('keeps the first of two routes in conflict', () => {
    const router = new Router<string>()
    router.add('GET', '/:a', 'first')
    assert.throws(() => router.add('GET', '/:b', 'second'))
    const { decision, params } = ask(router, 'GET /x')
    assert.equal(decision.kind === 'found' && decision.value, 'first')
    assert.deepEqual(params, ['a=x'])
    assert.equal(router.routes().length, 1)
  })

  it('takes routes after it has been asked', () => {
    const router = new Router<string>({ redirectFixedPath: true })
    router.add('GET', '/a', '/a')
    assert.equal(ask(router, 'GET /ab').decision.kind, 'not-found')
    router.add('GET', '/ab', '/ab')
    assert.equal(ask(router, 'GET /ab').decision.kind, 'found')
    assert.equal(ask(router, 'GET /AB').decision.kind, 'redirect')
  })

  const refused: { pattern: string; why: string }[] = [
    { pattern: 'users', why: 'no slash in front' },
    { pattern: '/100%', why: 'a percent sign that is no escape' },
    { pattern: '/%FF', why: 'no valid UTF-8' },
    { pattern: `${'/:p'}${Array.from({ length: 32 }, (_, i) => `/:p${i}`).join('')}`, why: 'more than 32 parameters' },
  ]
  for (const { pattern, why } of refused) {
    it(`refuses the pattern ${pattern.slice(0, 20)}: ${why}`, () => {
      assert.throws(() => new Router().add('GET', pattern, 0), { code: 'BAD_PATTERN' })
    })
  }

  it('refuses a method that is no token', () => {
    assert.throws(() => new Router().add('GET /', '/a', 0), { code: 'BAD_METHOD' })
  })

  it('lists routes by pattern, then by method', () => {
    const router = new Router<number>()
    for (const route of ['POST /b', 'PURGE /a', 'DELETE /a', 'GET /b', 'GET /a', '* /c']) {
      const [method = '', pattern = ''] = route.split(' ')
      router.add(method, pattern, 0, `from ${route}`)
    }
    assert.deepEqual(
      router.routes().map(({ method, pattern }) => `${method} ${pattern}`),
      ['GET /a', 'DELETE /a', 'PURGE /a', 'GET /b', 'POST /b', '* /c'],
    )
    assert.equal(router.routes()[0]?.origin, 'from GET /a')
  })
})

describe("Gin's preset", () => {
  it('sets what Gin 1.12 sets', () => {
    assert.deepEqual(new Router({ preset: 'gin' }).rules, {
      gin: true,
      redirectTrailingSlash: true,
      redirectFixedPath: false,
      methodNotAllowed: false,
      autoHead: false,
      autoOptions: false,
      useRawPath: false,
      unescapePathValues: true,
      encodedSlash: 'separator',
      removeExtraSlash: false,
      catchAllValue: 'slash',
    })
  })

  it('can be changed switch by switch', () => {
    const router = new Router({ preset: 'gin', methodNotAllowed: true })
    assert.equal(router.rules.methodNotAllowed, true)
    assert.equal(router.rules.autoHead, false)
  })

  const rows: { routes: string[]; request: string; expected: string; why: string }[] = [
    { routes: ['GET /a'], request: 'HEAD /a', expected: 'not-found', why: 'HEAD needs its own route' },
    { routes: ['HEAD /a'], request: 'HEAD /a/', expected: '307 /a', why: 'only GET is redirected for good' },
    { routes: ['GET /a'], request: 'OPTIONS /a', expected: 'not-found', why: 'so does OPTIONS' },
    { routes: ['GET /a'], request: 'POST /a', expected: 'not-found', why: '405 is off' },
    { routes: ['GET /a/'], request: 'GET /a', expected: '301 /a/', why: 'the trailing slash is on' },
    { routes: ['GET /a'], request: 'GET /A', expected: 'not-found', why: 'the fixed path is off' },
    {
      routes: ['GET /a/:x/', 'GET /a/me', 'GET /a/me/x', 'GET /a/me/y'],
      request: 'GET /a/me/',
      expected: '301 /a/me',
      why: 'a slash too many goes before a parameter',
    },
    { routes: ['GET /:x', 'GET /a/'], request: 'GET /a', expected: '301 /a/', why: 'so does a slash too few' },
    {
      routes: ['GET /:x/*p', 'GET /a', 'GET /a/*p'],
      request: 'GET /a/',
      expected: 'GET /a/*p | p=/',
      why: 'but what fits as it stands is not redirected',
    },
    { routes: ['GET /a/:x/b'], request: 'GET /a//b', expected: 'GET /a/:x/b | x=', why: 'a value inside may be empty' },
    { routes: ['GET /a/:x'], request: 'GET /a/', expected: 'not-found', why: 'but not at the end' },
    { routes: ['GET /:x/:y'], request: 'GET /a%2Fb', expected: 'GET /:x/:y | x=a | y=b', why: '%2F separates' },
    { routes: ['GET /a'], request: 'GET /a%2F', expected: '301 /a', why: 'and can be one slash too many' },
    { routes: ['GET /src/*p'], request: 'GET /src/', expected: 'GET /src/*p | p=/', why: 'with the slash in front' },
  ]
  for (const { routes, request, expected, why } of rows) {
    it(`${request} in [${routes.join(', ')}]: ${why}`, () => {
      assert.equal(decide(routes, request, { preset: 'gin' }), expected)
    })
  }
})
