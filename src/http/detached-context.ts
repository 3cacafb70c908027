/**
 * DetachedContext: a copy of a request for work that goes on after the answer.
 *
 *   const order = c.detach()
 *   queue.push(() => audit(order.state.user, order.body))
 *
 * Its values were read when it was made. `context` is the request's own: it carries trace and values on, and is neither
 * cancelled by the end of the request nor extends it.
 */
import type { Context } from '../foundation/context/context.ts'
import type { TraceContext } from '../telemetry/tracer.ts'
import type { HttpContext } from './context.ts'
import type { RouteInfo } from './route.ts'

export class DetachedContext<out State extends object = object> {
  readonly method: string
  readonly path: string
  readonly url: string
  readonly params: unknown
  readonly query: unknown
  readonly headers: unknown
  readonly cookies: unknown
  readonly body: unknown
  readonly form: unknown
  readonly ip: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly id: string
  readonly trace: TraceContext | undefined
  readonly route: RouteInfo | undefined
  readonly state: State
  readonly context: Context

  constructor(c: HttpContext<State>) {
    this.method = c.method
    this.path = c.path
    this.url = c.url
    this.params = c.params
    this.query = c.query
    this.headers = c.headers
    this.cookies = c.cookies
    this.body = c.body
    this.form = c.form
    this.ip = c.ip
    this.scheme = c.scheme
    this.host = c.host
    this.id = c.id
    this.trace = c.trace
    this.route = c.route
    this.state = { ...c.state }
    this.context = c.context
  }
}
