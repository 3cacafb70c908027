/**
 * WebSocket routes: through the same router and middleware as any other GET.
 *
 *   request ─▶ layers ─▶ binding ─▶ handshake ─▶ open(socket, c) ─▶ messages … close ─▶ the context ends
 *                                       └─refused: 400, 403, 426      └─throws: closed with 1011
 *
 * For the layers the request is over when the socket is open: they see status 101. The context lives as long as the
 * socket, so that listeners may use it.
 */
import { acceptWebSocket, type WebSocketOptions } from '../wire/websocket/accept-websocket.ts'
import type { WebSocketConnection } from '../wire/websocket/websocket-connection.ts'
import type { HttpContext } from './context.ts'
import type { HandlerContext } from './handler-context.ts'
import type { Call } from './internal/call.ts'
import type { Reply } from './reply.ts'
import type { AnyRequest } from './request-shape.ts'
import type { RouteSpec } from './route.ts'

export interface WebSocketSpec
  extends Pick<RouteSpec, 'params' | 'query' | 'headers' | 'cookies' | 'name' | 'summary' | 'description'>,
    Omit<WebSocketOptions, 'clock' | 'onError'> {}

/** Called when the socket is open: it sets listeners. Where it gives a promise, the answer waits for it. */
export type WebSocketHandler<R extends AnyRequest, State extends object = object> = (
  socket: WebSocketConnection,
  c: HandlerContext<R, State>,
) => void | Promise<void>

/** Answers the call by opening a socket. @throws ServiceError as `acceptWebSocket`, while it is not open. */
export async function openSocket<R extends AnyRequest>(
  call: Call,
  c: HttpContext,
  spec: WebSocketSpec,
  handler: WebSocketHandler<R>,
): Promise<Reply> {
  const { settings, exchange, reply } = call
  // RFC 9110 section 15.5.22: whoever is told to upgrade is told to what. Once the socket is open nobody reads it.
  reply.headers.set('upgrade', 'websocket').set('sec-websocket-version', '13')
  const socket = await acceptWebSocket(exchange, {
    ...spec,
    clock: settings.clock,
    onError: (error) => settings.onFault?.(error),
  })
  reply.status = 101
  reply.body = { kind: 'taken', until: whenClosed(socket, call) }
  try {
    await handler(socket, c as HandlerContext<R>)
  } catch (error) {
    // The layers are told nothing they could answer: the connection speaks another protocol by now.
    settings.onFault?.(error)
    socket.close(1011)
  }
  return reply
}

function whenClosed(socket: WebSocketConnection, { settings, root }: Call): Promise<void> {
  const leave = () => socket.close(1001)
  settings.longLived.add(leave)
  return new Promise((resolve) => {
    socket.onClose(() => {
      settings.longLived.delete(leave)
      root.cancel()
      resolve()
    })
  })
}
