/** FrameChannel: who reads and writes the frames of a WebSocket: the `ws` package, or the engine itself. */
import type { WebSocketMessage } from './websocket-connection.ts'

export interface FrameChannel {
  readonly protocol: string
  readonly bufferedBytes: number
  /** False while the peer does not keep up; `drained` follows. */
  send(message: WebSocketMessage): boolean
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  /** Holds messages back, and with them the peer; absent where the engine cannot. */
  pause?(): void
  resume?(): void
}

export interface FrameEvents {
  message(message: WebSocketMessage): void
  /** A sign of life that is no message. */
  heard(): void
  drained(): void
  /** Once and last. */
  closed(code: number, reason: string): void
}
