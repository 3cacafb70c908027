import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createApp } from './app.ts'
import type { Middleware } from './middleware.ts'
import { observer } from './observer.ts'

function noting(trace: string[], name: string): Middleware {
  return observer<number>(name, () => ({
    enter: () => trace.push(`${name} in`),
    leave: (_c, { status }, entered) => void trace.push(`${name} out ${status} ${entered}`),
    fail(_c, error) {
      trace.push(`${name} fails`)
      throw error
    },
  }))
}

describe('observer', () => {
  for (const isAsync of [false, true]) {
    const how = isAsync ? 'asynchronous' : 'synchronous'

    it(`sees ${how} requests in order on the way in and in reverse on the way out`, async () => {
      const trace: string[] = []
      const app = createApp()
      app.use(noting(trace, 'a'), (_c, next) => next(), noting(trace, 'b'))
      app.get('/', isAsync ? async (c) => c.text('x', 201) : (c) => c.text('x', 201))
      assert.equal((await app.request('/')).status, 201)
      assert.deepEqual(trace, ['a in', 'b in', 'b out 201 2', 'a out 201 1'])
    })

    it(`sees what ${how} handlers throw, and may answer it`, async () => {
      const trace: string[] = []
      const app = createApp()
      const answering = observer('answering', () => ({ fail: (c, error) => c.text(String(error), 418) }))
      app.use(noting(trace, 'a'), answering, noting(trace, 'b'))
      const boom = () => {
        throw new Error('boom')
      }
      app.get('/', isAsync ? async () => boom() : boom)
      const answer = await app.request('/')
      assert.deepEqual([answer.status, await answer.text()], [418, 'Error: boom'])
      assert.deepEqual(trace, ['a in', 'b in', 'b fails', 'a out 418 1'])
    })

    it(`is told of what an observer inside throws after ${how} requests, and each is told once`, async () => {
      const trace: string[] = []
      const app = createApp()
      const broken = observer('broken', () => ({
        leave() {
          throw new Error('broken')
        },
      }))
      const answering = observer('answering', () => ({
        fail: (c, error) => (isAsync ? Promise.resolve(c.text(String(error), 418)) : c.text(String(error), 418)),
      }))
      app.use(noting(trace, 'a'), answering, noting(trace, 'b'), broken, noting(trace, 'c'))
      app.get('/', isAsync ? async () => 'x' : () => 'x')
      assert.equal((await app.request('/')).status, 418)
      assert.deepEqual(trace, ['a in', 'b in', 'c in', 'c out 200 3', 'b fails', 'a out 418 1'])
    })

    it(`passes on what ${how} handlers throw if it has nothing to say`, async () => {
      const app = createApp()
      app.use(observer('silent', () => ({ leave() {} })))
      app.onError((error, c) => c.text(String(error), 500))
      app.get('/', isAsync ? () => Promise.reject(new Error('boom')) : () => new Error('boom') as never)
      assert.equal(await (await app.request('/')).text(), 'Error: boom')
    })
  }

  it('that throws on the way in is a failure for those around it alone', async () => {
    const trace: string[] = []
    const app = createApp()
    const refusing = observer('refusing', () => ({
      enter() {
        throw new Error('refused')
      },
      fail: () => assert.fail('it never went in'),
    }))
    app.use(noting(trace, 'a'), refusing, noting(trace, 'b'))
    app.get('/', () => assert.fail('it never went in'))
    assert.equal((await app.request('/')).status, 500)
    assert.deepEqual(trace, ['a in', 'a fails'])
  })

  it('is prepared once for each route, and once for what no route answers', async () => {
    const prepared: (string | undefined)[] = []
    const app = createApp()
    app.use(
      observer('preparing', (route) => {
        prepared.push(route?.path)
        return {}
      }),
    )
    app.get('/a', () => 'a')
    app.get('/b', () => 'b')
    for (const path of ['/a', '/nowhere', '/a', '/else']) await app.request(path)
    assert.deepEqual(prepared, ['/a', undefined])
    assert.deepEqual(app.routes()[0]?.middleware, ['preparing'])
  })

  it('is one of as many as there are, in order, and those without anything to do take no part', async () => {
    const names = Array.from({ length: 70 }, (_, i) => `${i}`)
    const trace: string[] = []
    const app = createApp()
    for (const name of names)
      app.use(
        noting(trace, name),
        observer('idle', () => ({})),
      )
    app.get('/', () => 'x')
    assert.equal((await app.request('/')).status, 200)
    assert.deepEqual(
      trace.map((line) => line.replace(/ 200.*/, '')),
      [...names.map((name) => `${name} in`), ...names.toReversed().map((name) => `${name} out`)],
    )
  })

  it('works as a layer that another layer calls', async () => {
    const trace: string[] = []
    const inner = noting(trace, 'inner')
    const app = createApp()
    app.get(
      '/',
      (c, next) => inner(c, next),
      () => 'x',
    )
    await app.request('/')
    assert.deepEqual(trace, ['inner in', 'inner out 200 1'])
  })
})
