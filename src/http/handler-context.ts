/**
 * HandlerContext: an `HttpContext` typed by its route, as the handler in the middle sees it. It exists only for the
 * compiler; every one can be given to code that takes an `HttpContext`.
 */
import type { ResponseBody, StatusOf } from '../api/operation.ts'
import type { HttpContext } from './context.ts'
import type { DetachedContext } from './detached-context.ts'
import type { Reply } from './reply.ts'
import type { AnyRequest } from './request-shape.ts'
import type { EventStreamOptions } from './response/event-stream.ts'
import type { EventSource } from './response/server-sent-event.ts'
import type { SuccessOf } from './result.ts'

export interface HandlerContext<R extends AnyRequest, State extends object = object> extends HttpContext<State> {
  readonly params: R['params']
  readonly query: R['query']
  readonly headers: R['headers']
  readonly cookies: R['cookies']
  readonly body: R['body']
  readonly form: R['form']
  json<S extends StatusOf<R['responses']> = SuccessOf<R['responses']>>(
    value: ResponseBody<R['responses'], S>,
    status?: S,
  ): Reply
  sse(source: EventSource<[R['stream']] extends [never] ? unknown : R['stream']>, options?: EventStreamOptions): Reply
  detach(): DetachedRequest<R, State>
}

/** A detached request, typed by its route. */
export interface DetachedRequest<R extends AnyRequest, State extends object = object> extends DetachedContext<State> {
  readonly params: R['params']
  readonly query: R['query']
  readonly headers: R['headers']
  readonly cookies: R['cookies']
  readonly body: R['body']
  readonly form: R['form']
}
