import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Router } from './router.ts'

describe("Gin's rules for conflicts", () => {
  const rows: { first: string; second: string; conflict: boolean; why: string }[] = [
    { first: '/a', second: '/a', conflict: true, why: 'the same pattern' },
    { first: '/a', second: '/b', conflict: false, why: 'other text' },
    { first: '/a', second: '/a/', conflict: false, why: 'a slash more' },
    { first: '/users/me', second: '/users/:id', conflict: false, why: 'text beside a parameter' },
    { first: '/users/:id', second: '/users/:name', conflict: true, why: 'two names at one place' },
    { first: '/users/:id', second: '/users/:ids', conflict: true, why: 'a longer name' },
    { first: '/users/:id', second: '/users/:name/posts', conflict: true, why: 'two names, however it goes on' },
    { first: '/users/:id', second: '/users/:id/posts', conflict: false, why: 'one name' },
    { first: '/con:tact', second: '/con:nection', conflict: true, why: 'behind text, too' },
    { first: '/id:id', second: '/id/:id', conflict: false, why: 'other places' },
    { first: '/src/*path', second: '/src/', conflict: true, why: 'a catch-all stands alone behind its slash' },
    { first: '/src/*path', second: '/src/:file', conflict: true, why: 'without a parameter' },
    { first: '/src/*path', second: '/src/a/b', conflict: true, why: 'without text' },
    { first: '/src/*path', second: '/src/*rest', conflict: true, why: 'without another one' },
    { first: '/src/*path', second: '/src', conflict: false, why: 'the slash is not there' },
    { first: '/src/*path', second: '/srcs/a', conflict: false, why: 'other text' },
    { first: '/', second: '/*path', conflict: true, why: 'at the root, too' },
    { first: '/:any/x', second: '/a/*path', conflict: false, why: 'they part before' },
  ]
  for (const { first, second, conflict, why } of rows) {
    it(`${conflict ? 'refuses' : 'takes'} ${first} and ${second}, in either order: ${why}`, () => {
      for (const [one, other] of [
        [first, second],
        [second, first],
      ] as const) {
        const router = new Router<number>({ preset: 'gin' })
        router.add('GET', one, 1)
        router.add('POST', other, 1)
        const add = (): void => router.add('GET', other, 2)
        if (conflict) assert.throws(add, { code: 'ROUTE_CONFLICT' })
        else add()
      }
    })
  }

  it('says that it is Gin which refuses', () => {
    const router = new Router<number>({ preset: 'gin' })
    router.add('GET', '/users/:id', 1, 'a.ts:1')
    assert.throws(() => router.add('GET', '/users/:name/posts', 2, 'b.ts:2'), {
      message:
        'Route GET /users/:name/posts (b.ts:2) conflicts with GET /users/:id (a.ts:1): Gin allows no two such wildcards at one place. Remove one, or give one another path or method.',
    })
  })
})
