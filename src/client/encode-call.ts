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

/**
 * @throws ServiceError `BAD_PATH_PARAM` if a parameter of the path is missing or empty, `BAD_HEADER` if a header cannot be sent.
 */
export function encodeCall(
  { path, spec }: Operation,
  { params = {}, query = {}, headers = {}, cookies = {}, body, form }: CallParts,
  more: Readonly<Record<string, string>> = {},
): EncodedCall {
  const fields = new HeaderList()
  fields.append(
    'accept',
    spec.stream === undefined ? 'application/json, application/problem+json' : 'text/event-stream',
  )
  for (const [name, value] of [...textPairs(headers), ...Object.entries(more)]) fields.set(name.toLowerCase(), value)
  const cookie = textPairs(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  if (cookie.length > 0) fields.set('cookie', cookie.join('; '))
  const content = form === undefined ? jsonContent(body) : formContent(form)
  if (content !== undefined) fields.set('content-type', content.type)
  return { target: targetOf(path, params, query), headers: fields, body: content?.text }
}

function targetOf(path: string, params: PathValues, query: Readonly<Record<string, unknown>>): string {
  const pairs = new URLSearchParams(textPairs(query)).toString()
  const built = buildPath(parsePathPattern(path), params)
  return pairs === '' ? built : `${built}?${pairs}`
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
