/** Route: a method, a pattern, what requests and answers must look like, and the handler. */
import type { Api, Method, OperationSpec, RequestOf } from '../api/operation.ts'
import type { Priority } from '../resilience/overload/priority.ts'
import type { HttpContext } from './context.ts'
import type { HandlerContext } from './handler-context.ts'
import type { Middleware, StateOf } from './middleware.ts'
import type { AnyRequest, PlainRequest } from './request-shape.ts'
import type { HandlerResult } from './result.ts'

/** What an operation declares, and what only the server cares about. */
export interface RouteSpec extends OperationSpec {
  /** Stable name of the operation; the `operationId` in OpenAPI. Default: method and path. */
  readonly name?: string
  /** Leaves the route out of the OpenAPI document. Default false. */
  readonly undocumented?: boolean
  /** Largest body in bytes, after decoding. Default: the engine's, 1 MiB. */
  readonly maxBodyBytes?: number
  /** Time for the handler in milliseconds, then 504. Default: the app's; none where `stream` is declared. */
  readonly timeoutMs?: number
  /** Who is served first and turned away last when the service is overloaded. Default `normal`. */
  readonly priority?: Priority
}

/** The function in the middle of the onion. */
export type Handler<R extends AnyRequest, State extends object = object> = (
  c: HandlerContext<R, State>,
) => HandlerResult<R>

/** A handler for any route: it knows no schema. */
export type AnyHandler = (c: HttpContext) => HandlerResult<AnyRequest>

/** One handler for each operation of a contract, by its name. */
export type Handlers<A extends Api, State extends object = object> = {
  readonly [Name in keyof A]: Handler<RequestOf<A[Name]['path'], A[Name]['spec']>, State>
}

/**
 * Registers a route: `(path, handler)` or `(path, spec, handler)`, either with middleware before the handler.
 *
 * One type for all methods. Where middleware adds to the state its types are inferred, where it is written on the spot it
 * is checked as plain middleware; the compiler can do either, so that each has a signature. They are ordered by what the
 * second argument is, since a function that is tried as a spec loses the types of its parameters.
 */
export interface RegisterRoute<Prefix extends string, State extends object> {
  <P extends string>(path: P, handler: Handler<PlainRequest<`${Prefix}${P}`>, State>): void
  <P extends string, const M extends readonly Middleware[]>(
    path: P,
    ...rest: [...layers: M, handler: Handler<PlainRequest<`${Prefix}${P}`>, State & StateOf<M>>]
  ): void
  <P extends string>(
    path: P,
    ...rest: [...layers: Middleware[], handler: Handler<PlainRequest<`${Prefix}${P}`>, State>]
  ): void
  <P extends string, S extends RouteSpec>(
    path: P,
    spec: S,
    handler: Handler<RequestOf<`${Prefix}${P}`, S>, State>,
  ): void
  <P extends string, S extends RouteSpec, const M extends readonly Middleware[]>(
    path: P,
    spec: S,
    ...rest: [...layers: M, handler: Handler<RequestOf<`${Prefix}${P}`, S>, State & StateOf<M>>]
  ): void
  <P extends string, S extends RouteSpec>(
    path: P,
    spec: S,
    ...rest: [...layers: Middleware[], handler: Handler<RequestOf<`${Prefix}${P}`, S>, State>]
  ): void
}

/** A registered route, as listings, metrics and OpenAPI see it. */
export interface RouteInfo {
  readonly method: Method
  /** The whole pattern, prefixes included, such as `/api/v1/orders/:id`. */
  readonly path: string
  readonly name: string
  readonly spec: RouteSpec
  /** Names of the layers around the handler, outermost first; `anonymous` where a function has none. */
  readonly middleware: readonly string[]
}
