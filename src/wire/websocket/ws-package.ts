/** The part of the `ws` package that is used here, and the way to it. */
import type { Duplex } from 'node:stream'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { importWs } from './import-ws.ts'

export interface WsPackage {
  WebSocketServer: new (options: WsServerOptions) => WsServer
}

export interface WsServerOptions {
  noServer: true
  clientTracking: false
  maxPayload: number
  perMessageDeflate: boolean
  handleProtocols(offered: Set<string>): string | false
}

export interface WsServer {
  handleUpgrade(request: WsRequest, socket: Duplex, early: Uint8Array, done: (socket: WsSocket) => void): void
}

export interface WsRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface WsSocket {
  readonly protocol: string
  readonly bufferedAmount: number
  send(data: string | Uint8Array): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
  on(event: 'message', listener: (data: Uint8Array, isBinary: boolean) => void): this
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): this
  on(event: 'ping' | 'pong', listener: () => void): this
  on(event: 'error', listener: (error: Error) => void): this
}

/** @throws ServiceError `WEBSOCKET_NOT_INSTALLED`. */
export async function loadWs(): Promise<WsPackage> {
  try {
    return (await importWs()) as WsPackage
  } catch (cause) {
    const message = 'The frames of a WebSocket are read by the package ws, which is not installed: npm install ws.'
    throw new ServiceError('WEBSOCKET_NOT_INSTALLED', message, { cause })
  }
}
