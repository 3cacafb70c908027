/** RouteTable: the routes of an app while it is being put together. */
import type { Method } from '../../api/operation.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Middleware } from '../middleware.ts'
import type { RouteInfo, RouteSpec } from '../route.ts'
import type { Router } from '../router/router.ts'
import { CompiledRoute, type Onion } from './compiled-route.ts'

export interface NewRoute {
  readonly method: Method
  readonly path: string
  readonly spec: RouteSpec
  /** All layers, those of the groups around included; read when the route is first used. */
  readonly middleware: () => readonly Middleware[]
  /** Makes the middle of the onion. */
  readonly core: () => Onion
  /** Goes on until one of both sides ends it, so that the app's timeout is not meant for it. */
  readonly isLongLived: boolean
}

export class RouteTable {
  readonly router: Router<CompiledRoute>
  readonly #timeoutMs: number | undefined
  #isSealed = false

  constructor(router: Router<CompiledRoute>, timeoutMs: number | undefined) {
    this.router = router
    this.#timeoutMs = timeoutMs
  }

  /** @throws ServiceError `ROUTE_CONFLICT`, `BAD_PATTERN`, `BAD_METHOD`, `BAD_ROUTE` or `APP_SEALED`. */
  add({ method, path, spec, middleware, core, isLongLived }: NewRoute): void {
    this.checkOpen(`${method} ${path}`)
    if (spec.body !== undefined && spec.form !== undefined) {
      throw new ServiceError('BAD_ROUTE', `Route ${method} ${path} declares body and form; a request has one of them.`)
    }
    const info = new RegisteredRoute(method, path, spec, middleware)
    this.router.add(
      method,
      path,
      new CompiledRoute({ info, middleware, core, timeoutMs: isLongLived ? undefined : this.#timeoutMs }),
    )
  }

  /** @throws ServiceError `APP_SEALED` once the app answers requests. */
  checkOpen(what: string): void {
    if (!this.#isSealed) return
    throw new ServiceError('APP_SEALED', `${what} was added after the app began to answer; put it before the start.`)
  }

  seal(): void {
    this.#isSealed = true
  }
}

class RegisteredRoute implements RouteInfo {
  readonly method: Method
  readonly path: string
  readonly spec: RouteSpec
  readonly #middleware: () => readonly Middleware[]

  constructor(method: Method, path: string, spec: RouteSpec, middleware: () => readonly Middleware[]) {
    this.method = method
    this.path = path
    this.spec = spec
    this.#middleware = middleware
  }

  get name(): string {
    return this.spec.name ?? `${this.method} ${this.path}`
  }

  get middleware(): readonly string[] {
    return this.#middleware().map(({ name }) => name || 'anonymous')
  }
}
