/** The part of `Bun.serve` that this folder uses. Written against Bun 1.4.5. */
import { bun } from './bun-api.ts'

export interface BunServeApi {
  /** @throws an error with a system `code` where there is one */
  serve<Data>(options: BunServeOptions<Data>): BunServer<Data>
}

export type BunServeOptions<Data> = BunServeAddress & {
  /** True prints pages of its own for errors; false means SO_REUSEPORT, unless `reusePort` says otherwise. */
  development: false
  /** Seconds, at most 255. */
  idleTimeout: number
  maxRequestBodySize: number
  tls?: {
    cert: string
    key: string
    ca?: string
    requestCert: boolean
    rejectUnauthorized: boolean
  }
  fetch(request: Request, server: BunServer<Data>): Response | undefined | Promise<Response | undefined>
  error(error: Error): Response
  websocket: BunWebSocketHandlers<Data>
}

export type BunServeAddress = { hostname: string; port: number; reusePort: boolean } | { unix: string }

export interface BunServer<Data> {
  readonly hostname: string | undefined
  readonly port: number | undefined
  readonly pendingRequests: number
  readonly pendingWebSockets: number
  requestIP(request: Request): { address: string; port: number } | null
  /** Seconds without a byte until the connection of this request is closed; 0 for never. */
  timeout(request: Request, seconds: number): void
  /** Answers 101. False if the request cannot become a WebSocket. */
  upgrade(request: Request, options: { headers: [string, string][]; data: Data }): boolean
  closeIdleConnections(): void
  /** Takes no more connections; resolves when those with a request under way are gone. With `true` all are closed. */
  stop(closeActiveConnections?: boolean): Promise<void>
}

export interface BunWebSocketHandlers<Data> {
  /** Bytes; a larger message closes the connection. */
  maxPayloadLength: number
  /** Seconds; 0 for never. */
  idleTimeout: number
  sendPings: boolean
  perMessageDeflate: boolean
  backpressureLimit: number
  closeOnBackpressureLimit: boolean
  open(socket: BunWebSocket<Data>): void
  message(socket: BunWebSocket<Data>, message: string | Uint8Array): void
  drain(socket: BunWebSocket<Data>): void
  close(socket: BunWebSocket<Data>, code: number, reason: string): void
  ping(socket: BunWebSocket<Data>, data: Uint8Array): void
  pong(socket: BunWebSocket<Data>, data: Uint8Array): void
}

export interface BunWebSocket<Data> {
  readonly data: Data
  /** -1 if it is queued because the peer does not keep up; else the bytes sent, 0 also if it was dropped. */
  send(data: string | Uint8Array): number
  ping(data?: Uint8Array): number
  close(code?: number, reason?: string): void
  terminate(): void
  getBufferedAmount(): number
}

export const serve: BunServeApi['serve'] = (bun as unknown as BunServeApi).serve
