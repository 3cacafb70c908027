/**
 * RouteGroup: routes under one prefix and inside the same middleware. Groups nest.
 *
 *   const api = app.group('/api/v1', authenticate())
 *   const admin = api.group('/admin', requireRole('admin'))
 *   admin.delete('/users/:id', …)          /api/v1/admin/users/:id inside authenticate inside requireRole
 *
 * Every route of a group runs through all of its middleware: `use` behind a route, which it would leave out, is refused.
 */
import type { Api, Method, RequestOf } from '../api/operation.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { compileBinder } from './binding/binder.ts'
import type { HttpContext } from './context.ts'
import type { Call } from './internal/call.ts'
import { compileCore } from './internal/compiled-route.ts'
import type { NewRoute, RouteTable } from './internal/route-table.ts'
import type { Middleware, StateOf } from './middleware.ts'
import { type FetchHandler, mountedHandler } from './mount.ts'
import type { Reply } from './reply.ts'
import type { AnyRequest } from './request-shape.ts'
import type { AnyHandler, Handler, Handlers, RegisterRoute, RouteSpec } from './route.ts'
import { anyMethod } from './router/router.ts'
import type { WebSocketHandler, WebSocketSpec } from './web-socket.ts'

export class RouteGroup<State extends object = object, Prefix extends string = ''> {
  readonly get: RegisterRoute<Prefix, State> = this.#register('GET')
  readonly head: RegisterRoute<Prefix, State> = this.#register('HEAD')
  readonly post: RegisterRoute<Prefix, State> = this.#register('POST')
  readonly put: RegisterRoute<Prefix, State> = this.#register('PUT')
  readonly patch: RegisterRoute<Prefix, State> = this.#register('PATCH')
  readonly delete: RegisterRoute<Prefix, State> = this.#register('DELETE')
  readonly options: RegisterRoute<Prefix, State> = this.#register('OPTIONS')
  /** Every method that has no route of its own at that place. */
  readonly any: RegisterRoute<Prefix, State> = this.#register(anyMethod)

  readonly #table: RouteTable
  readonly #parent: RouteGroup | undefined
  readonly #prefix: string
  readonly #middleware: Middleware[]
  #hasRoutes = false

  /** Groups come from `app.group()` and `group.group()`. */
  constructor(table: RouteTable, prefix: string, middleware: Middleware[], parent?: RouteGroup) {
    this.#table = table
    this.#prefix = prefix
    this.#middleware = middleware
    this.#parent = parent
  }

  /** Any method by its name; several register the route for each. */
  handle<P extends string, S extends RouteSpec, const M extends readonly Middleware[]>(
    methods: Method | readonly Method[],
    path: P,
    spec: S,
    ...rest: [...M, Handler<RequestOf<`${Prefix}${P}`, S>, State & StateOf<M>>]
  ): void {
    for (const method of typeof methods === 'string' ? [methods] : methods) this.#add(method, path, [spec, ...rest])
  }

  /** @throws ServiceError `BAD_PREFIX` unless `prefix` is empty or begins with a slash and does not end with one. */
  group<P extends string, const M extends readonly Middleware[]>(
    prefix: P,
    ...middleware: M
  ): RouteGroup<State & StateOf<M>, `${Prefix}${P}`> {
    if (prefix !== '' && (!prefix.startsWith('/') || prefix.endsWith('/'))) {
      throw new ServiceError('BAD_PREFIX', `The prefix '${prefix}' must begin with a slash and not end with one.`)
    }
    const parent = this as unknown as RouteGroup
    return new RouteGroup<State & StateOf<M>, `${Prefix}${P}`>(
      this.#table,
      this.#prefix + prefix,
      [...middleware],
      parent,
    )
  }

  /**
   * Puts middleware around every route of this group, inside of what is there already. The result is this group, typed
   * with what the middleware adds to `c.state`.
   *
   * @throws ServiceError `MIDDLEWARE_AFTER_ROUTES` if the group, or one below it, has routes.
   */
  use<const M extends readonly Middleware[]>(...middleware: M): RouteGroup<State & StateOf<M>, Prefix> {
    this.#table.checkOpen('Middleware')
    if (this.#hasRoutes) {
      const names = middleware.map(({ name }) => name || 'anonymous').join(', ')
      throw new ServiceError(
        'MIDDLEWARE_AFTER_ROUTES',
        `use(${names}) comes after routes of the group '${this.#prefix || '/'}', which it would leave out; move it in front of them, or put what follows into a group of its own.`,
      )
    }
    this.#middleware.push(...middleware)
    return this as unknown as RouteGroup<State & StateOf<M>, Prefix>
  }

  /**
   * Serves a contract: a handler for each of its operations, by name.
   *
   * @throws ServiceError `HANDLER_MISSING` for an operation without one.
   */
  implement<A extends Api, const M extends readonly Middleware[]>(
    api: A,
    handlers: Handlers<A, State & StateOf<M>>,
    ...middleware: M
  ): void {
    for (const [name, { method, path, spec }] of Object.entries(api)) {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
      if (handler === undefined) {
        throw new ServiceError(
          'HANDLER_MISSING',
          `Operation '${name}' (${method} ${path}) has no handler; implement it.`,
        )
      }
      this.#add(method, path, [{ ...spec, name }, ...middleware, handler])
    }
  }

  /**
   * A WebSocket: `open` is called for each that is opened. Layers run before the handshake, so that they can refuse it.
   *
   * Requests throw ServiceError `UPGRADE_REQUIRED` (426), `BAD_HANDSHAKE` (400), `ORIGIN_NOT_ALLOWED` (403).
   */
  webSocket<P extends string, S extends WebSocketSpec, const M extends readonly Middleware[]>(
    path: P,
    spec: S,
    ...rest: [...layers: M, open: WebSocketHandler<RequestOf<`${Prefix}${P}`, S>, State & StateOf<M>>]
  ): void {
    const { middleware, last } = argumentsOf(`GET ${this.#prefix}${path}`, rest)
    const routeSpec: RouteSpec = { ...spec, undocumented: true }
    const answer = async (call: Call, c: HttpContext): Promise<Reply> => {
      const { openSocket } = await import('./web-socket.ts')
      return openSocket(call, c, spec, last as WebSocketHandler<AnyRequest>)
    }
    const core = () => {
      const binder = compileBinder(routeSpec)
      return (call: Call) => compileCore(binder, (c) => answer(call, c))(call)
    }
    this.#addCore({ method: 'GET', path, spec: routeSpec, middleware, core, isLongLived: true })
  }

  /** Hands everything under `prefix` to an app that speaks `fetch`, such as Hono's. It sees paths without the prefix. */
  mount(prefix: string, fetch: FetchHandler): void {
    const handler = mountedHandler(this.#prefix + prefix, fetch)
    this.#add(anyMethod, prefix === '' ? '/' : prefix, [handler])
    this.#add(anyMethod, `${prefix}/*path`, [handler])
  }

  #register(method: Method): RegisterRoute<Prefix, State> {
    return (path: string, ...rest: readonly unknown[]) => this.#add(method, path, rest)
  }

  /** `rest` is `[spec?, ...middleware, handler]`, as the signatures above let it pass. */
  #add(method: Method, path: string, rest: readonly unknown[]): void {
    const { spec, middleware, last } = argumentsOf<RouteSpec>(`${method} ${this.#prefix}${path}`, rest)
    const core = () => compileCore(compileBinder(spec), last as AnyHandler)
    this.#addCore({ method, path, spec, middleware, core, isLongLived: spec.stream !== undefined })
  }

  #addCore({ method, path, spec, middleware, core, isLongLived }: OwnRoute): void {
    this.#table.add({
      method,
      path: this.#prefix + path,
      spec,
      middleware: () => [...this.#allMiddleware(), ...middleware],
      core,
      isLongLived,
    })
    if (!this.#hasRoutes) this.#markRoutes()
  }

  #allMiddleware(): readonly Middleware[] {
    const outer = this.#parent === undefined ? [] : this.#parent.#allMiddleware()
    return [...outer, ...this.#middleware]
  }

  #markRoutes(): void {
    this.#hasRoutes = true
    if (this.#parent !== undefined) this.#parent.#markRoutes()
  }
}

interface OwnRoute extends Omit<NewRoute, 'middleware'> {
  readonly middleware: readonly Middleware[]
}

/** @throws ServiceError `BAD_ROUTE` if middleware or handler are no functions. */
function argumentsOf<Spec extends object>(place: string, rest: readonly unknown[]) {
  const hasSpec = typeof rest[0] === 'object'
  const spec = hasSpec ? rest[0] : {}
  const functions = hasSpec ? rest.slice(1) : rest
  for (let i = 0; i < functions.length || i === 0; i++) {
    if (typeof functions[i] === 'function') continue
    throw new ServiceError('BAD_ROUTE', `Route ${place} needs a function as its handler, not ${typeof functions[i]}.`)
  }
  const last = functions[functions.length - 1]
  return { spec: spec as Spec, middleware: functions.slice(0, -1) as Middleware[], last }
}
