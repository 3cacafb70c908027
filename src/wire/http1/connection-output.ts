/**
 * ConnectionOutput: what is written to a connection, gathered so that it leaves in as few writes as possible.
 *
 *   send ─▶ pending ──held (an event is being handled)──▶ flush at its end
 *              └──not held──▶ flush as soon as the code that is running now has ended
 *   flush ─▶ socket ──takes it │ is full: congested, until `drained`
 */
import type { Socket } from '../../platform/socket.ts'
import { ignoreRejection } from './ignore-rejection.ts'
import type { Payload } from './message-writer.ts'

/** Bytes that wait to be written together; beyond, they are written in between. */
const maxPendingBytes = 64 * 1024

export interface OutputOwner {
  /** The peer does not keep up any more. */
  congested(): void
}

export class ConnectionOutput {
  /** The peer does not keep up. */
  isCongested = false
  readonly #socket: Socket<unknown>
  readonly #owner: OutputOwner | undefined
  #pending = ''
  #isHeld = false
  #isFlushScheduled = false
  #isClosed = false
  #queuedBytes = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor(socket: Socket<unknown>, owner?: OutputOwner) {
    this.#socket = socket
    this.#owner = owner
  }

  /** What is sent from here on leaves together, at the next `flush`. */
  hold(): void {
    this.#isHeld = true
  }

  send(payload: Payload): void {
    if (typeof payload !== 'string') {
      this.#writePending()
      this.#write(payload)
      return
    }
    this.#pending += payload
    if (this.#pending.length > maxPendingBytes) this.#writePending()
    else if (!this.#isHeld && !this.#isFlushScheduled) this.#scheduleFlush()
  }

  flush(): void {
    this.#isHeld = false
    this.#writePending()
  }

  /** Resolves when there is room to write again; undefined if there is. */
  room(): Promise<void> | undefined {
    if (!this.isCongested) return undefined
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers<void>()
      ignoreRejection(this.#room.promise)
    }
    return this.#room.promise
  }

  /** The socket has room again. */
  drained(): void {
    this.isCongested = false
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Whether the peer took anything since the output became congested, or since the last call. */
  hasMoved(): boolean {
    const before = this.#queuedBytes
    this.#queuedBytes = this.#socket.queuedBytes
    return this.#queuedBytes < before
  }

  /** Nothing can be written any more; who waits for room is told why. */
  close(reason: Error): void {
    this.#isClosed = true
    this.#pending = ''
    this.#room?.reject(reason)
    this.#room = undefined
  }

  #scheduleFlush(): void {
    this.#isFlushScheduled = true
    queueMicrotask(() => {
      this.#isFlushScheduled = false
      if (!this.#isHeld) this.#writePending()
    })
  }

  #writePending(): void {
    const text = this.#pending
    if (text === '') return
    this.#pending = ''
    this.#write(text)
  }

  #write(payload: Payload): void {
    if (this.#isClosed || this.#socket.write(payload) || this.isCongested) return
    this.isCongested = true
    this.#queuedBytes = this.#socket.queuedBytes
    this.#owner?.congested()
  }
}
