import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parsePathPattern } from '../../api/path-pattern.ts'
import { patternBytes } from './pattern-bytes.ts'
import { RadixTree } from './radix-tree.ts'
import { RouteMatch } from './route-match.ts'
import { routerRules } from './router-options.ts'

const text = new TextEncoder()
const segment = fc.constantFrom('a', 'b', 'ab', 'aab', 'abb', ':x', 'a:x', 'ab:y', '')
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '/', '/*rest'))
  .map(([segments, end]) => `/${segments.map((part, i) => (part.includes(':') ? part + i : part)).join('/')}${end}`)
const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aab', 'abb', 'c', '', 'aaab'), { minLength: 1, maxLength: 6 })
  .map((segments) => `/${segments.join('/')}`)

/** Pattern and parameters of what is found, whatever stands around the path. */
function ask(tree: RadixTree<string>, sent: string): string {
  const match = new RouteMatch()
  const found = tree.find(text.encode(`GET ${sent}/ab HTTP/1.1`), 4, 4 + sent.length, match)
  return found === undefined ? 'none' : [found, ...match.offsets.subarray(0, 2 * match.count)].join(' ')
}

function treeOf(patterns: readonly string[], compileAfter: number, catchAllSlash: boolean): RadixTree<string> {
  const tree = new RadixTree<string>({ compileAfter, catchAllSlash })
  const rules = routerRules()
  for (const each of patterns) tree.insert(patternBytes(parsePathPattern(each), rules), each)
  return tree
}

describe('a tree that has become code', () => {
  it('finds what the walk finds, at the same places, for any routes and paths', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 14 }),
        fc.array(path, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (patterns, paths, catchAllSlash) => {
          const walked = treeOf(patterns, Number.POSITIVE_INFINITY, catchAllSlash)
          const compiled = treeOf(patterns, 1, catchAllSlash)
          ask(compiled, '/')
          for (const sent of [...paths, ...patterns]) assert.equal(ask(compiled, sent), ask(walked, sent), sent)
        },
      ),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 1_000) },
    )
  })

  it('knows a route that was added later', () => {
    const tree = treeOf(['/a'], 1, false)
    assert.equal(ask(tree, '/b'), 'none')
    tree.insert(patternBytes(parsePathPattern('/b'), routerRules()), '/b')
    assert.equal(ask(tree, '/b'), '/b')
    assert.equal(ask(tree, '/b'), '/b')
  })

  it('is the same as before where a process forbids to make code', () => {
    const fixture = fileURLToPath(new URL('./fixtures/routes-without-code.ts', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', fixture])
    assert.equal(stdout.toString(), '/users/:id 11 13\n/users/:id 11 13\n', stderr.toString())
  })
})
