/** Frames read and written by the `ws` package, over any exchange that can hand over its connection. */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Exchange } from '../exchange.ts'
import type { FrameChannel, FrameEvents } from './frame-channel.ts'
import { RawDuplex, type Upgrade } from './raw-duplex.ts'
import type { WebSocketMessage } from './websocket-connection.ts'
import type { WsPackage, WsSocket } from './ws-package.ts'

export interface WsFramesOptions {
  readonly exchange: Exchange
  readonly upgrade: Upgrade
  readonly events: FrameEvents
  readonly protocol: string | undefined
  readonly maxMessageBytes: number
  readonly compression: boolean
}

/** @throws ServiceError `BAD_HANDSHAKE`; `CLIENT_GONE` if the client has left. */
export function openWsFrames({ WebSocketServer }: WsPackage, options: WsFramesOptions): FrameChannel {
  const { exchange, upgrade, events, protocol, maxMessageBytes, compression } = options
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    perMessageDeflate: compression,
    handleProtocols: () => protocol ?? false,
  })
  const stream = new RawDuplex(upgrade)
  let failure: unknown
  stream.on('error', (error) => {
    failure = error
  })
  let socket: WsSocket | undefined
  server.handleUpgrade(requestOf(exchange), stream, Buffer.alloc(0), (opened) => {
    socket = opened
  })
  if (socket === undefined) {
    throw new ServiceError('BAD_HANDSHAKE', 'The WebSocket was not opened: the handshake cannot be read.', {
      status: 400,
      cause: failure,
    })
  }
  stream.start()
  return new WsFrames(socket, stream, events)
}

function requestOf(exchange: Exchange): { method: string; headers: Record<string, string | undefined> } {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (const name of handshakeFields) headers[name] = exchange.header(name)
  return { method: exchange.method, headers }
}

const handshakeFields = [
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
]

class WsFrames implements FrameChannel {
  readonly protocol: string
  readonly #socket: WsSocket
  readonly #stream: RawDuplex

  constructor(socket: WsSocket, stream: RawDuplex, events: FrameEvents) {
    this.#socket = socket
    this.#stream = stream
    this.protocol = socket.protocol
    socket.on('message', (bytes, isBinary) => events.message(isBinary ? bytes : Buffer.from(bytes).toString()))
    socket.on('ping', () => events.heard())
    socket.on('pong', () => events.heard())
    socket.on('close', (code, reason) => events.closed(code, Buffer.from(reason).toString()))
    // The close event tells the code that goes with it.
    socket.on('error', () => {})
    stream.on('drain', () => events.drained())
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(message: WebSocketMessage): boolean {
    this.#socket.send(message)
    return !this.#stream.writableNeedDrain
  }

  ping(): void {
    this.#socket.ping()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }
}
