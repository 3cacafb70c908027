/** What a request consists of, as types: the parts that a route may declare a schema for. */
import type { RequestOf } from '../api/operation.ts'

/** The request of any route. Middleware sees this one: it knows no schema, so it reads raw values through `c.raw`. */
export interface AnyRequest {
  readonly params: unknown
  readonly query: unknown
  readonly headers: unknown
  readonly cookies: unknown
  readonly body: unknown
  readonly form: unknown
  readonly responses: unknown
  readonly stream: unknown
}

/** The request of a route without a spec: everything raw, params named by the pattern. */
export type PlainRequest<Path extends string> = RequestOf<Path, unknown>
