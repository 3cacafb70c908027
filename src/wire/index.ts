/**
 * Wire: bytes ↔ exchanges, in both directions, over any byte stream.
 *
 *   accepted   platform/listen ─▶ engines/sockets ─▶ http1/ connection ─▶ Exchange ─▶ handler
 *   opened     platform/connect ◀── http1/ client connection ◀── request        the answer comes back the same way
 *
 *   exchange   the seam: one request and its answer, free of protocol and runtime
 *   headers    the fields of an answer        limits   what a peer may send, and how long it may take
 *   engines/   what turns connections into exchanges, chosen by configuration
 *   memory-exchange  an exchange without a socket      websocket/  from an exchange to a WebSocket
 */
export type { Engine, EngineOptions, EngineServer } from './engines/engine.ts'
export { libcEngine } from './engines/libc.ts'
export { nativeEngine } from './engines/native.ts'
export { socketsEngine } from './engines/sockets.ts'
export type {
  BodyWriter,
  Exchange,
  ExchangeHandler,
  NativeWebSocket,
  NativeWebSocketHandlers,
  NativeWebSocketUpgrade,
  RequestBody,
  ResponseSink,
  UpgradedConnection,
} from './exchange.ts'
export { HeaderList } from './headers.ts'
export { Http1ClientConnection, type Http1ClientOptions, type Http1ConnectOptions } from './http1/client-connection.ts'
export type { ClientRequest, ClientResponse, OutgoingBody } from './http1/client-message.ts'
export { defaultLimits, type WireLimits } from './limits.ts'
export {
  exchangeInMemory,
  type MemoryAnswer,
  type MemoryCall,
  type MemoryExchangeOptions,
  type MemoryRequest,
} from './memory-exchange.ts'
export { acceptWebSocket, type WebSocketOptions } from './websocket/accept-websocket.ts'
export type {
  CloseListener,
  MessageListener,
  WebSocketConnection,
  WebSocketMessage,
} from './websocket/websocket-connection.ts'
