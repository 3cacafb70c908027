/** Frames read and written by the engine itself, such as `Bun.serve`. */

import type { NativeWebSocket, NativeWebSocketUpgrade } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { FrameChannel, FrameEvents } from './frame-channel.ts'
import type { WebSocketMessage } from './websocket-connection.ts'

export interface EngineFramesOptions {
  readonly protocol: string | undefined
  readonly maxMessageBytes: number
}

const messageTooBig = 1009

export function openEngineFrames(
  upgrade: NativeWebSocketUpgrade,
  headers: HeaderList,
  events: FrameEvents,
  { protocol = '', maxMessageBytes }: EngineFramesOptions,
): FrameChannel {
  const socket: NativeWebSocket = upgrade(headers, {
    message(message) {
      if (message.length <= maxMessageBytes) events.message(message)
      else socket.close(messageTooBig)
    },
    drained: () => events.drained(),
    ping: () => events.heard(),
    pong: () => events.heard(),
    close: (code, reason) => events.closed(code, reason),
  })
  return new EngineFrames(socket, protocol)
}

class EngineFrames implements FrameChannel {
  readonly protocol: string
  readonly #socket: NativeWebSocket

  constructor(socket: NativeWebSocket, protocol: string) {
    this.#socket = socket
    this.protocol = protocol
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(message: WebSocketMessage): boolean {
    return this.#socket.send(message)
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
}
