/**
 * The router against a reference that is too simple to be wrong: every pattern is a regular expression, and of those that
 * fit, the one wins that has static text where the other has a wildcard, at the first place where they differ.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type PathPattern, parsePathPattern } from '../../api/path-pattern.ts'
import { RouteMatch } from './route-match.ts'
import { Router } from './router.ts'

/** A slash that was sent as `%2F`, in the reference's decoded text. */
const textSlash = '\u{10ffff}'
const runs = Number(process.env.FUZZ_RUNS ?? 2000)

const segment = fc.constantFrom('a', 'b', 'ab', 'aab', 'é', ':x', ':y', 'a:x', 'ab:y', '')
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '', '/', '/*rest'))
  .map(([segments, end]) => `/${segments.map(uniqueName).join('/')}${end}`)
const sentSegment = fc.constantFrom(
  'a',
  'b',
  'ab',
  'aab',
  'abb',
  '%61',
  '%C3%A9',
  '%c3%A9',
  'a%2Fb',
  '%2f',
  '',
  'c',
  '.',
  'x+',
)
const path = fc.array(sentSegment, { minLength: 1, maxLength: 6 }).map((segments) => `/${segments.join('/')}`)

describe('a random set of routes', () => {
  it('gives the same winner and the same values as the reference', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 12 }),
        fc.array(path, { minLength: 1, maxLength: 8 }),
        (texts, paths) => {
          const { router, patterns } = register(texts)
          for (const sent of paths) assert.deepEqual(ask(router, sent), askReference(patterns, sent), sent)
        },
      ),
      { numRuns: runs },
    )
  })

  it('reports a conflict exactly where two patterns have one shape', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 12 }), (texts) => {
        const { patterns } = register(texts)
        assert.deepEqual(patterns.map(shape), [...new Set(texts.map((text) => shape(parsePathPattern(text))))])
      }),
      { numRuns: runs },
    )
  })
})

/** Names may not repeat within a pattern: the place is added. */
function uniqueName(segment: string, place: number): string {
  return segment.includes(':') ? segment + place : segment
}

function register(texts: string[]): { router: Router<PathPattern>; patterns: PathPattern[] } {
  const router = new Router<PathPattern>({ redirectTrailingSlash: false })
  const patterns: PathPattern[] = []
  for (const text of texts) {
    const parsed = parsePathPattern(text)
    try {
      router.add('GET', text, parsed)
      patterns.push(parsed)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ROUTE_CONFLICT')
    }
  }
  return { router, patterns }
}

type Answer = { pattern: string; values: string[] } | undefined

function ask(router: Router<PathPattern>, sent: string): Answer {
  const head = new TextEncoder().encode(`GET ${sent} HTTP/1.1`)
  const pathEnd = 4 + sent.length
  const match = new RouteMatch()
  const request = { method: 'GET', head, pathStart: 4, pathEnd, queryStart: pathEnd, queryEnd: pathEnd }
  const decision = router.decide(request, match)
  if (decision.kind !== 'found') return undefined
  return { pattern: decision.value.text, values: decision.pattern.names.map((_, i) => router.param(head, match, i)) }
}

function askReference(patterns: PathPattern[], sent: string): Answer {
  const decoded = sent
    .split('/')
    .map((part) => decodeURIComponent(part).replaceAll('/', textSlash))
    .join('/')
  const fits = patterns
    .map((pattern) => ({ pattern, match: expression(pattern).exec(decoded) }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => (rank(a.pattern) < rank(b.pattern) ? -1 : 1))
  const best = fits[0]
  if (best === undefined) return undefined
  const values = (best.match ?? []).slice(1).map((value) => value.replaceAll(textSlash, '/'))
  return { pattern: best.pattern.text, values }
}

function expression({ parts }: PathPattern): RegExp {
  const source = parts.map((part) => {
    if (part.kind === 'static') return part.text.replace(/[.+]/g, '\\$&')
    return part.kind === 'param' ? '([^/]+)' : '(.*)'
  })
  return new RegExp(`^${source.join('')}$`, 'su')
}

/** Sorts as the routes rank: the end of a pattern, then text, then a parameter, then a catch-all. */
function rank({ parts }: PathPattern): string {
  const units = parts.flatMap((part) => {
    if (part.kind === 'static') return [...part.text].map(() => 'b')
    return [part.kind === 'param' ? 'c' : 'd']
  })
  return `${units.join('')}a`
}

function shape({ parts }: PathPattern): string {
  return parts.map((part) => (part.kind === 'static' ? part.text : `\0${part.kind}`)).join('')
}
