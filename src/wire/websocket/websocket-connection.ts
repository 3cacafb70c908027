/**
 * WebSocketConnection: messages both ways over one connection (RFC 6455), whoever reads the frames.
 *
 *   acceptWebSocket(exchange) ─▶ open ──send · message*──▶ close ─▶ onClose(code, reason), once and last
 *                                  └──the peer falls silent, breaks the rules or leaves──▶ onClose(1006 …)
 */

export type WebSocketMessage = string | Uint8Array

/** While a promise that it returned is pending, no further message is read. A throw closes the connection with 1011. */
export type MessageListener = (message: WebSocketMessage) => void | Promise<void>

export type CloseListener = (code: number, reason: string) => void

export interface WebSocketConnection {
  /** The subprotocol agreed on; empty without one. */
  readonly protocol: string
  readonly isOpen: boolean
  /** Bytes sent but not yet handed to the kernel. */
  readonly bufferedBytes: number
  /**
   * Sends a text, or bytes as a binary message. Returns nothing while the peer keeps up, else a promise to await before the
   * next message.
   *
   * @throws ServiceError `WEBSOCKET_CLOSED` unless the connection is open.
   */
  send(message: WebSocketMessage): void | Promise<void>
  /** Asks for a sign of life beyond those that are asked for anyway. */
  ping(): void
  /**
   * Says goodbye (default 1000) and waits for the peer's, at most five seconds.
   *
   * @throws ServiceError `BAD_CLOSE` for a code that may not be sent (RFC 6455 section 7.4), or a reason over 123 bytes.
   */
  close(code?: number, reason?: string): void
  /** Ends the connection at once. */
  terminate(): void
  /** Messages wait until somebody listens. Text arrives as a string, binary as bytes that are the listener's to keep. */
  onMessage(listener: MessageListener): () => void
  /** Called at once if the connection has closed already. 1005 stands for no code, 1006 for no goodbye at all. */
  onClose(listener: CloseListener): () => void
}
