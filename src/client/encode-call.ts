/** A call of an operation → the request that carries it. Pure. */
import type { Operation } from '../api/operation.ts'
import { buildPath, type PathValues, parsePathPattern } from '../api/path-pattern.ts'
import { HeaderList } from '../wire/headers.ts'

/** The parts of a call, as `ClientRequest` of the contract types them. */
export interface CallParts {
  readonly params?: PathValues
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly cookies?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly form?: Readonly<Record<string, unknown>>
}

export interface EncodedCall {
  /** Path and query. */
  readonly target: string
  readonly headers: HeaderList
  readonly body: string | undefined
}

/** Headers that the caller adds to those of the contract. */
type MoreHeaders = Readonly<Record<string, string>>

export type EncodeCall = (parts?: CallParts, more?: MoreHeaders) => EncodedCall

/**
 * What writes the calls of one operation. It throws ServiceError `BAD_PATH_PARAM` if a parameter of the path is missing or
 * empty, `BAD_HEADER` if a header cannot be sent.
 */
export function callEncoder({ path, spec }: Operation): EncodeCall {
  const pattern = parsePathPattern(path)
  const isFixed = pattern.parts.every(({ kind }) => kind === 'static')
  const fixedPath = isFixed ? buildPath(pattern, {}) : ''
  const accept = spec.stream === undefined ? 'application/json, application/problem+json' : 'text/event-stream'
  return ({ params = {}, query, headers, cookies, body, form } = {}, more) => {
    const content = form === undefined ? jsonContent(body) : formContent(form)
    const fields = new HeaderList()
    fields.appendChecked('accept', accept)
    if (headers !== undefined) for (const [name, value] of textPairs(headers)) fields.set(name.toLowerCase(), value)
    if (more !== undefined) for (const name of Object.keys(more)) fields.set(name.toLowerCase(), more[name] ?? '')
    if (cookies !== undefined) addCookies(fields, cookies)
    if (content !== undefined) fields.set('content-type', content.type)
    const builtPath = isFixed ? fixedPath : buildPath(pattern, params)
    return { target: withQuery(builtPath, query), headers: fields, body: content?.text }
  }
}

function addCookies(fields: HeaderList, cookies: Readonly<Record<string, unknown>>): void {
  const pairs = textPairs(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  if (pairs.length > 0) fields.set('cookie', pairs.join('; '))
}

function withQuery(path: string, query: Readonly<Record<string, unknown>> | undefined): string {
  if (query === undefined) return path
  const pairs = new URLSearchParams(textPairs(query)).toString()
  return pairs === '' ? path : `${path}?${pairs}`
}

interface Content {
  readonly type: string
  readonly text: string
}

function jsonContent(body: unknown): Content | undefined {
  return body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) }
}

function formContent(form: Readonly<Record<string, unknown>>): Content {
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(textPairs(form)).toString() }
}

/** An array is a repeated name; what is undefined is left out. */
function textPairs(record: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(record).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== undefined)
      .map((item): [string, string] => [name, item instanceof Date ? item.toISOString() : String(item)]),
  )
}
