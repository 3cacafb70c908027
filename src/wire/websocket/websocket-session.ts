/**
 * WebSocketSession: what every WebSocket of ours does, whoever reads its frames.
 *
 *   frames ─▶ message ─▶ inbox ─one at a time─▶ listeners        the inbox is full: the peer is held back, or sent away
 *             heard   ─▶ nothing for pingIntervalMs: ping ─▶ nothing again: gone
 */
import { Buffer } from 'node:buffer'
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { FrameChannel, FrameEvents } from './frame-channel.ts'
import type { CloseListener, MessageListener, WebSocketConnection, WebSocketMessage } from './websocket-connection.ts'

export interface WebSocketSessionOptions {
  readonly pingIntervalMs: number
  readonly clock: Clock
  onError?(error: unknown): void
}

interface CloseFrame {
  readonly code: number
  readonly reason: string
}

/** How long the peer may take to say goodbye in turn. */
const closeTimeoutMs = 5_000
/** Bytes of messages that wait for listeners, where the peer cannot be held back. */
const maxWaitingBytes = 4 * 1024 * 1024
/** RFC 6455 section 5.5: what fits beside the code. */
const maxReasonBytes = 123
const tryAgainLater = 1013
const internalError = 1011

export class WebSocketSession implements WebSocketConnection, FrameEvents {
  isOpen = false
  readonly #options: WebSocketSessionOptions
  #channel: FrameChannel | undefined
  readonly #messageListeners = new Set<MessageListener>()
  readonly #closeListeners = new Set<CloseListener>()
  readonly #waiting: WebSocketMessage[] = []
  #waitingBytes = 0
  #isDelivering = false
  #room: PromiseWithResolvers<void> | undefined
  /** What we closed with. */
  #goodbye: CloseFrame | undefined
  #end: CloseFrame | undefined
  #wasHeard = true
  #isPinged = false
  #stopTimer: CancelTimer | undefined

  constructor(options: WebSocketSessionOptions) {
    this.#options = options
  }

  /** The handshake is done. */
  open(channel: FrameChannel): void {
    this.#channel = channel
    if (this.#end !== undefined) return
    this.isOpen = true
    this.#watch()
    if (this.#waiting.length > 0) this.#holdBack()
  }

  // For the application.

  get protocol(): string {
    return this.#channel?.protocol ?? ''
  }

  get bufferedBytes(): number {
    return this.#channel?.bufferedBytes ?? 0
  }

  send(message: WebSocketMessage): void | Promise<void> {
    if (!this.isOpen) throw new ServiceError('WEBSOCKET_CLOSED', 'The WebSocket is closed; nothing more can be sent.')
    if (this.#channel?.send(message)) return
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  ping(): void {
    if (this.isOpen) this.#channel?.ping()
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason)
    if (!this.isOpen) return
    this.isOpen = false
    this.#goodbye = { code, reason }
    this.#channel?.close(code, reason)
    this.#stopTimer?.()
    this.#stopTimer = this.#options.clock.schedule(closeTimeoutMs, () => this.terminate())
  }

  terminate(): void {
    this.isOpen = false
    this.#channel?.terminate()
  }

  onMessage(listener: MessageListener): () => void {
    this.#messageListeners.add(listener)
    void this.#deliver()
    return () => this.#messageListeners.delete(listener)
  }

  onClose(listener: CloseListener): () => void {
    if (this.#end !== undefined && !this.#isDelivering) listener(this.#end.code, this.#end.reason)
    else this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  // From the channel.

  message(message: WebSocketMessage): void {
    this.#wasHeard = true
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    void this.#deliver()
    if (this.#waiting.length > 0) this.#holdBack()
  }

  heard(): void {
    this.#wasHeard = true
  }

  drained(): void {
    this.#room?.resolve()
    this.#room = undefined
  }

  closed(code: number, reason: string): void {
    if (this.#end !== undefined) return
    // Who says goodbye in turn repeats the code, but need not repeat the reason.
    this.#end = this.#goodbye?.code === code ? this.#goodbye : { code, reason }
    this.isOpen = false
    this.#stopTimer?.()
    this.drained()
    // What came before the end is heard before it.
    if (!this.#isDelivering) this.#announce(this.#end)
  }

  #announce({ code, reason }: CloseFrame): void {
    for (const listener of this.#closeListeners) this.#guard(() => listener(code, reason))
    this.#closeListeners.clear()
  }

  /** In order, the next one not before the listeners are done with the one before. */
  async #deliver(): Promise<void> {
    if (this.#isDelivering || this.#messageListeners.size === 0) return
    this.#isDelivering = true
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      this.#waitingBytes -= message.length
      const pending: Promise<void>[] = []
      for (const listener of this.#messageListeners) {
        this.#guard(() => {
          const work = listener(message as WebSocketMessage)
          if (work !== undefined) pending.push(work)
        })
      }
      if (pending.length > 0) await Promise.all(pending).catch((error: unknown) => this.#failed(error))
    }
    this.#isDelivering = false
    if (this.#end === undefined) this.#channel?.resume?.()
    else this.#announce(this.#end)
  }

  #holdBack(): void {
    const channel = this.#channel
    if (channel?.pause !== undefined) channel.pause()
    else if (this.#waitingBytes > maxWaitingBytes && this.isOpen) this.close(tryAgainLater, 'too many messages')
  }

  #guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#options.onError?.(error)
    this.close(internalError)
  }

  #watch(): void {
    const { clock, pingIntervalMs } = this.#options
    if (pingIntervalMs === 0) return
    this.#stopTimer = clock.schedule(pingIntervalMs, () => {
      if (this.#wasHeard) this.#isPinged = false
      else if (this.#isPinged) return this.terminate()
      else {
        this.#isPinged = true
        this.ping()
      }
      this.#wasHeard = false
      this.#watch()
    })
  }
}

function checkClose(code: number, reason: string): void {
  const isSendable =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  if (Number.isInteger(code) && isSendable && Buffer.byteLength(reason) <= maxReasonBytes) return
  const message = `A WebSocket closes with 1000 to 1014 but 1004 to 1006, or 3000 to 4999, and up to ${maxReasonBytes} bytes; got ${code} and ${Buffer.byteLength(reason)} bytes.`
  throw new ServiceError('BAD_CLOSE', message)
}
