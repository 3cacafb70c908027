/**
 * Gin's and httprouter's own tree tables, and the route sets of GitHub, Google+, Parse and a static site.
 *
 * Gin's tables are run under `preset: 'gin'`, without exception. httprouter's are run under our defaults; where those
 * differ on purpose, `differences` says in what and why.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { RouteMatch } from '../../src/http/router/route-match.ts'
import { Router } from '../../src/http/router/router.ts'
import type { RouterOptions } from '../../src/http/router/router-options.ts'

interface Routing {
  readonly sets: Readonly<Record<string, readonly (readonly [method: string, pattern: string])[]>>
  readonly cases: readonly Table[]
}

interface Table {
  readonly src: 'gin' | 'httprouter'
  readonly test: string
  readonly routes?: readonly string[]
  readonly reqs?: readonly Row[]
  readonly conflicts?: readonly (readonly [pattern: string, refused: boolean])[]
}

interface Row {
  readonly path: string
  /** No handler is found; the parameters are then leftovers. */
  readonly nil: boolean
  readonly route: string
  readonly ps: readonly (readonly [name: string, value: string])[]
}

const file = new URL('../../../shared/conformance/routing/routing.json', import.meta.url)
const present = existsSync(file)
const missing = 'the shared conformance cases are not beside the project'
const { sets, cases }: Routing = present ? JSON.parse(readFileSync(file, 'utf8')) : { sets: {}, cases: [] }

const noSlash = 'our value of a catch-all has no slash in front, so that it is what a client is given to build the path'
const differences: Readonly<Record<string, { values: string[]; why: string }>> = {
  'httprouter TestTreeWildcard /src/': { values: [''], why: noSlash },
  'httprouter TestTreeWildcard /src/some/file.png': { values: ['some/file.png'], why: noSlash },
  'httprouter TestTreeWildcard /files/js/inc/framework.js': { values: ['js', 'inc/framework.js'], why: noSlash },
  'httprouter TestTreeDupliatePath /src/some/file.png': { values: ['some/file.png'], why: noSlash },
}

describe('routing tables of others', { skip: !present && process.env.CI !== 'true' && missing }, () => {
  it('are there', () => {
    assert.ok(present, missing)
    assert.equal(cases.length, 8)
    assert.equal(Object.values(sets).flat().length, 399)
  })

  for (const [name, routes] of Object.entries(sets)) {
    for (const preset of [undefined, 'gin'] as const) {
      it(`${name}: all ${routes.length} routes answer${preset === undefined ? '' : ' under preset gin'}`, () => {
        const router = new Router<string>(preset === undefined ? {} : { preset })
        for (const [method, pattern] of routes) router.add(method, pattern, pattern)
        for (const [method, pattern] of routes) {
          const values: string[] = []
          const path = pattern.replace(/:(\w+)/g, (_, param: string) => {
            values.push(`${param}-7`)
            return `${param}-7`
          })
          assert.deepEqual(ask(router, method, path), { route: pattern, values }, `${method} ${path}`)
        }
      })
    }
  }

  for (const table of cases) {
    const name = `${table.src} ${table.test}`
    for (const row of table.reqs ?? []) {
      const difference = differences[`${name} ${row.path}`]
      it(`${name}: ${row.path}${difference === undefined ? '' : `, but ${difference.why}`}`, () => {
        const router = new Router<string>(rulesFor(table))
        for (const route of table.routes ?? []) router.add('GET', route, route)
        const answer = ask(router, 'GET', sentAs(row.path))
        if (row.nil) assert.equal(answer, undefined)
        else {
          assert.equal(answer?.route, row.route.replaceAll('\\\\', '\\'))
          assert.deepEqual(answer?.values, difference?.values ?? row.ps.map(([, value]) => value))
        }
      })
    }
    for (const [pattern, refused] of table.conflicts ?? []) {
      it(`${name}: ${pattern} is ${refused ? 'refused' : 'taken'}`, () => {
        const add = (): void => new Router({ preset: 'gin' }).add('GET', pattern, 0)
        if (refused) assert.throws(add, { code: 'BAD_PATTERN' })
        else add()
      })
    }
    if (/Dup/.test(table.test)) {
      it(`${name}: no route is taken twice`, () => {
        for (const route of table.routes ?? []) {
          const router = new Router<number>(rulesFor(table))
          router.add('GET', route, 1)
          assert.throws(() => router.add('GET', route, 2), { code: 'ROUTE_CONFLICT' })
        }
      })
    }
  }

  it('differ from ours only where a row says so', () => {
    const rows = cases.flatMap((table) => (table.reqs ?? []).map((row) => `${table.src} ${table.test} ${row.path}`))
    assert.deepEqual(
      Object.keys(differences).filter((name) => !rows.includes(name)),
      [],
    )
  })
})

function rulesFor({ src, test }: Table): RouterOptions {
  if (src === 'httprouter') return {}
  // Gin decodes in the tree only what it takes from the raw path.
  return test === 'TestUnescapeParameters' ? { preset: 'gin', useRawPath: true } : { preset: 'gin' }
}

/** The tables hold text as it is inside of Go; over the wire it is ASCII, and `\:` has become a colon in the routes. */
function sentAs(path: string): string {
  return path.replaceAll('\\', '').replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function ask(router: Router<string>, method: string, path: string): { route: string; values: string[] } | undefined {
  const head = new TextEncoder().encode(path)
  const match = new RouteMatch()
  const end = head.length
  const decision = router.decide({ method, head, pathStart: 0, pathEnd: end, queryStart: end, queryEnd: end }, match)
  if (decision.kind !== 'found') return undefined
  return { route: decision.value, values: decision.pattern.names.map((_, i) => router.param(head, match, i)) }
}
