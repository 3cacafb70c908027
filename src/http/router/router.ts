/**
 * Router: which route answers a request, and what to say when none does.
 *
 *   add(method, pattern, value) ──▶ a radix tree for each method; a conflict names both routes
 *
 *   decide(request) ──▶ found                                     its own method, GET for HEAD, any method
 *                   └─▶ redirect                                  with or without the last slash, to the fixed path
 *                   └─▶ options · method-not-allowed              the path is there for other methods
 *                   └─▶ not-found · bad-path
 *
 * Matching is done segment by segment on decoded bytes: `%2F` is text unless the options say otherwise, escapes that are
 * malformed or no UTF-8 are refused. Dot segments are ordinary text: whoever turns a path into a file guards itself.
 */
import type { PathPattern } from '../../api/path-pattern.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Exchange } from '../../wire/exchange.ts'
import { asciiText } from '../internal/ascii-text.ts'
import { DecodedPath } from './decoded-path.ts'
import { FixedPaths } from './fixed-path.ts'
import { conflictsInGin } from './gin-conflict.ts'
import { localPath, paramText } from './path-text.ts'
import { patternBytes, readPattern } from './pattern-bytes.ts'
import { patternShape } from './pattern-shape.ts'
import { RadixTree } from './radix-tree.ts'
import { RouteMatch } from './route-match.ts'
import { type RouterOptions, type RouterRules, routerRules } from './router-options.ts'

/** Registers for every method that has no route of its own at that place. */
export const anyMethod = '*'

/** What of a request the router reads; every exchange is one. */
export type RouteRequest = Pick<Exchange, 'method' | 'head' | 'pathStart' | 'pathEnd' | 'queryStart' | 'queryEnd'>

/** One object for each route, handed out again and again: never change it. */
export interface FoundRoute<T> {
  readonly kind: 'found'
  readonly value: T
  /** As registered; `*` for any. */
  readonly method: string
  readonly pattern: PathPattern
}

export type RouteDecision<T> =
  | FoundRoute<T>
  /** `location` is a path with the request's query; it never leads to another host. */
  | { readonly kind: 'redirect'; readonly status: 301 | 307; readonly location: string }
  /** Answer 204; `allow` is the header's value. */
  | { readonly kind: 'options'; readonly allow: string }
  /** Answer 405; `allow` is the header's value (RFC 9110 section 15.5.6). */
  | { readonly kind: 'method-not-allowed'; readonly allow: string }
  | { readonly kind: 'not-found' }
  /** Answer 400; `reason` continues «the path cannot be read: …». */
  | { readonly kind: 'bad-path'; readonly reason: string }

export interface RouteEntry<T> {
  readonly method: string
  readonly pattern: string
  readonly value: T
  /** Where it was registered, if that is known. */
  readonly origin: string | undefined
}

interface Route<T> extends FoundRoute<T> {
  readonly origin: string | undefined
  readonly shape: string
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const methodOrder = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
const percent = 0x25
const slash = 0x2f
const asterisk = 0x2a
const notFound = { kind: 'not-found' } as const

export class Router<T> {
  readonly rules: RouterRules
  readonly #trees = new Map<string, RadixTree<Route<T>>>()
  readonly #routes: Route<T>[] = []
  /** By method; made when first needed, dropped when a route is added. */
  readonly #fixedPaths = new Map<string, FixedPaths>()
  readonly #path = new DecodedPath()
  readonly #probe = new RouteMatch()
  /** Whether a path without escapes may still differ from its bytes as sent, or be mistaken for one with escapes. */
  #alwaysDecodes: boolean

  constructor(options?: RouterOptions) {
    this.rules = routerRules(options)
    this.#alwaysDecodes = this.rules.removeExtraSlash
  }

  /**
   * `method` is case-sensitive (`GET`), or `*` for any. `origin` says where the route was registered, for messages.
   *
   * @throws ServiceError `BAD_PATTERN`, `BAD_METHOD`, or `ROUTE_CONFLICT` naming both routes.
   */
  add(method: string, pattern: string, value: T, origin?: string): void {
    if (!this.#trees.has(method) && !token.test(method)) {
      throw new ServiceError('BAD_METHOD', `The method for '${pattern}' is not a token (RFC 9110 section 9.1).`)
    }
    const parsed = readPattern(pattern)
    const shape = patternShape(parsed, this.rules)
    const route: Route<T> = { kind: 'found', value, method, pattern: parsed, origin, shape }
    const inTheWay = this.#conflictInGin(route) ?? this.#treeFor(method).insert(shape, route)
    if (inTheWay !== undefined) throw conflict(route, inTheWay)

    this.#routes.push(route)
    this.#fixedPaths.clear()
    if (!this.rules.useRawPath && shape.includes('%')) this.#alwaysDecodes = true
  }

  /** Pure but for `match`, which holds the parameters of a route that is found, as offsets into `request.head`. */
  decide(request: RouteRequest, match: RouteMatch): RouteDecision<T> {
    if (!this.#alwaysDecodes) {
      const { head, pathStart, pathEnd } = request
      const route = this.#find(request.method, head, pathStart, pathEnd, match)
      // Static text holds no percent sign here, so an escape can only hide in a value.
      if (route !== undefined && (this.rules.useRawPath || !holdsEscape(head, match))) return route
    }
    return this.#decideDecoded(request, match)
  }

  /**
   * The value of parameter `index` after a `decide` that found a route; decoded anew at each call.
   *
   * @throws ServiceError `BAD_PATH` (400) if it cannot be decoded; only under `useRawPath`.
   */
  param(head: Uint8Array, match: RouteMatch, index: number): string {
    const { offsets } = match
    return paramText(head, offsets[2 * index] as number, offsets[2 * index + 1] as number, this.rules)
  }

  /** All routes, by pattern, then by method. */
  routes(): RouteEntry<T>[] {
    return this.#routes
      .map(({ method, pattern, value, origin }) => ({ method, pattern: pattern.text, value, origin }))
      .sort((a, b) => compareText(a.pattern, b.pattern) || compareMethods(a.method, b.method))
  }

  #treeFor(method: string): RadixTree<Route<T>> {
    const { gin, catchAllValue } = this.rules
    let tree = this.#trees.get(method)
    if (tree === undefined) {
      tree = new RadixTree({ gin, catchAllSlash: catchAllValue === 'slash' })
      this.#trees.set(method, tree)
    }
    return tree
  }

  #conflictInGin({ method, pattern }: Route<T>): Route<T> | undefined {
    if (!this.rules.gin) return undefined
    return this.#routes.find((other) => other.method === method && conflictsInGin(other.pattern, pattern))
  }

  #find(method: string, bytes: Uint8Array, start: number, end: number, match: RouteMatch): Route<T> | undefined {
    const route = this.#trees.get(method)?.find(bytes, start, end, match)
    if (route !== undefined) return route
    if (method === 'HEAD' && this.rules.autoHead) {
      const get = this.#trees.get('GET')?.find(bytes, start, end, match)
      if (get !== undefined) return get
    }
    return this.#trees.get(anyMethod)?.find(bytes, start, end, match)
  }

  #decideDecoded(request: RouteRequest, match: RouteMatch): RouteDecision<T> {
    const { method, head, pathStart, pathEnd } = request
    if (head[pathStart] === asterisk) return this.#decideAsterisk(method)

    const path = this.#path
    const { useRawPath: raw, encodedSlash, removeExtraSlash } = this.rules
    const reason = path.decode(head, pathStart, pathEnd, { raw, encodedSlash, removeExtraSlash })
    if (reason !== undefined) return { kind: 'bad-path', reason }

    const route = this.#find(method, path.bytes, 0, path.length, match)
    if (route !== undefined) {
      path.toSent(match)
      return route
    }
    return this.#redirect(request) ?? this.#answerForOthers(method) ?? notFound
  }

  /** `OPTIONS *` asks about the server, not about a path (RFC 9110 section 9.3.7). */
  #decideAsterisk(method: string): RouteDecision<T> {
    if (method !== 'OPTIONS' || !this.rules.autoOptions) return notFound
    return { kind: 'options', allow: this.#allow([...this.#trees.keys()]) }
  }

  #redirect(request: RouteRequest): RouteDecision<T> | undefined {
    const { method, head, queryStart, queryEnd } = request
    if (method === 'CONNECT' || this.#path.length === 1) return undefined
    const to = this.#otherSlash(request) ?? this.#fixedPath(request)
    if (to === undefined) return undefined
    const query = queryEnd > queryStart ? `?${asciiText(head, queryStart, queryEnd)}` : ''
    const permanent = method === 'GET' || (method === 'HEAD' && this.rules.autoHead)
    return { kind: 'redirect', status: permanent ? 301 : 307, location: localPath(to) + query }
  }

  #otherSlash({ method, head, pathStart, pathEnd }: RouteRequest): string | undefined {
    if (!this.rules.redirectTrailingSlash) return undefined
    const { bytes, origins, length } = this.#path
    const hasSlash = bytes[length - 1] === slash
    bytes[length] = slash
    const other = hasSlash ? length - 1 : length + 1
    if (this.#find(method, bytes, 0, other, this.#probe) === undefined) return undefined
    if (hasSlash) return asciiText(head, pathStart, origins[other] as number)
    return `${asciiText(head, pathStart, pathEnd)}/`
  }

  #fixedPath({ method, head, pathStart, pathEnd }: RouteRequest): string | undefined {
    if (!this.rules.redirectFixedPath) return undefined
    const path = this.#path.bytes.subarray(0, this.#path.length)
    let fixed = this.#fixedPathsFor(method).find(path)
    if (fixed === undefined && method === 'HEAD' && this.rules.autoHead) fixed = this.#fixedPathsFor('GET').find(path)
    // Under `useRawPath` the same path may come out again.
    return fixed === asciiText(head, pathStart, pathEnd) ? undefined : fixed
  }

  #fixedPathsFor(asked: string): FixedPaths {
    // A method without routes gets no entry of its own: whoever asks could make up any number of them.
    const method = this.#trees.has(asked) ? asked : anyMethod
    let paths = this.#fixedPaths.get(method)
    if (paths === undefined) {
      const routes = this.#routes.filter((route) => route.method === method || route.method === anyMethod)
      const fixable = routes.map(({ pattern }) => ({ parts: patternBytes(pattern, this.rules) }))
      paths = new FixedPaths(fixable, this.rules.useRawPath)
      this.#fixedPaths.set(method, paths)
    }
    return paths
  }

  #answerForOthers(method: string): RouteDecision<T> | undefined {
    const { bytes, length } = this.#path
    const methods: string[] = []
    for (const [other, tree] of this.#trees) {
      if (tree.find(bytes, 0, length, this.#probe) !== undefined) methods.push(other)
    }
    if (methods.length === 0) return undefined
    if (method === 'OPTIONS' && this.rules.autoOptions) return { kind: 'options', allow: this.#allow(methods) }
    return this.rules.methodNotAllowed ? { kind: 'method-not-allowed', allow: this.#allow(methods) } : undefined
  }

  #allow(methods: string[]): string {
    const all = new Set(methods)
    all.delete(anyMethod)
    if (all.has('GET') && this.rules.autoHead) all.add('HEAD')
    if (this.rules.autoOptions) all.add('OPTIONS')
    return [...all].sort(compareMethods).join(', ')
  }
}

function conflict<T>(route: Route<T>, other: Route<T>): ServiceError {
  const why = route.shape === other.shape ? 'they fit the same paths' : 'Gin allows no two such wildcards at one place'
  return new ServiceError(
    'ROUTE_CONFLICT',
    `Route ${describe(route)} conflicts with ${describe(other)}: ${why}. Remove one, or give one another path or method.`,
  )
}

function describe<T>({ method, pattern, origin }: Route<T>): string {
  return `${method} ${pattern.text}${origin === undefined ? '' : ` (${origin})`}`
}

function holdsEscape(head: Uint8Array, { offsets, count }: RouteMatch): boolean {
  for (let i = 0; i < 2 * count; i += 2) {
    const end = offsets[i + 1] as number
    for (let at = offsets[i] as number; at < end; at++) if (head[at] === percent) return true
  }
  return false
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function compareMethods(a: string, b: string): number {
  return methodRank(a) - methodRank(b) || compareText(a, b)
}

function methodRank(method: string): number {
  const rank = methodOrder.indexOf(method)
  return rank === -1 ? methodOrder.length : rank
}
