/**
 * Operation: one call that a service offers, as a value without side effects. Servers implement it, clients are typed by
 * it, OpenAPI is printed from it.
 */
import type { InputOf, OutputOf, Schema } from '../schema/schema.ts'
import type { PathParams } from './path-params.ts'

export type Method =
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'PATCH'
  | 'DELETE'
  | 'OPTIONS'
  | 'TRACE'
  | 'CONNECT'
  | (string & {})

/** What a request must look like and what it is answered with. Everything left out is not checked. */
export interface OperationSpec {
  readonly params?: Schema
  readonly query?: Schema
  readonly headers?: Schema
  readonly cookies?: Schema
  /** A body in JSON, or in another format with a registered codec. */
  readonly body?: Schema
  /** Fields of an urlencoded or multipart form. */
  readonly form?: Schema
  /** By status; `null` says that the answer has no body. */
  readonly responses?: Responses
  /** The answer is a stream of such events (SSE on HTTP). */
  readonly stream?: Schema
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
}

export type Responses = { readonly [status: number]: Schema | null }

/** `unary`: one request, one answer. `stream`: the answer is a stream of events. */
export type OperationKind = 'unary' | 'stream'

export interface Operation<
  M extends Method = Method,
  P extends string = string,
  S extends OperationSpec = OperationSpec,
> {
  readonly kind: OperationKind
  readonly method: M
  readonly path: P
  readonly spec: S
}

/** Operations by their stable names. */
export type Api = { readonly [name: string]: Operation }

type Checked<S, Otherwise> = S extends Schema ? OutputOf<S> : Otherwise
type Sent<S, Otherwise> = S extends Schema ? InputOf<S> : Otherwise

/**
 * The request of an operation as the server's handler sees it, after validation. Unchecked parts have their raw type.
 * One interface of lazily resolved members, so that the checker pays only for the members a handler reads.
 */
export interface RequestOf<P extends string, S> {
  readonly params: S extends { readonly params: infer V } ? Checked<V, PathParams<P>> : PathParams<P>
  readonly query: S extends { readonly query: infer V } ? Checked<V, RawQuery> : RawQuery
  readonly headers: S extends { readonly headers: infer V } ? Checked<V, RawHeaders> : RawHeaders
  readonly cookies: S extends { readonly cookies: infer V } ? Checked<V, RawCookies> : RawCookies
  readonly body: S extends { readonly body: infer V } ? Checked<V, undefined> : undefined
  readonly form: S extends { readonly form: infer V } ? Checked<V, undefined> : undefined
  readonly responses: S extends { readonly responses: infer V } ? V : unknown
  readonly stream: S extends { readonly stream: infer V } ? Sent<V, never> : never
}

/** Null-prototype records: a name that is not there is `undefined`, whatever it is called. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>
export type RawHeaders = Readonly<Record<string, string | undefined>>
export type RawCookies = Readonly<Record<string, string | undefined>>

export type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226

/** The statuses an operation may answer with; any where it declares none. */
export type StatusOf<R> = R extends Responses ? keyof R & number : number

/** What a handler gives for a status: the input side of its schema; anything where none is declared. */
export type ResponseBody<R, Status> = R extends Responses
  ? Status extends keyof R
    ? R[Status] extends Schema
      ? InputOf<R[Status]>
      : undefined
    : never
  : unknown
