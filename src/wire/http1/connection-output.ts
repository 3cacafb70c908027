/**
 * ConnectionOutput: what is written to a connection, gathered so that it leaves in as few writes as possible.
 *
 *   held (an event is being handled)  ─▶ the socket's scratch ──release──▶ one write of it
 *   not held                          ─▶ pending ─▶ written as soon as the code that is running now has ended
 *   written ─▶ socket ──takes it │ is full, at once or at the end of the turn: congested, until `drained`
 *
 * The scratch is shared, and only the output that was held last may write there. One that is held inside another's event
 * sends first what that has written, unless it is in the middle of it: then it writes behind it, and takes its own off
 * before that goes on.
 *
 *   scratch  [ begun by an outer one │ base … end )
 */
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Socket } from '../../platform/socket.ts'
import { maxGatheredBytes } from '../../platform/turn-output.ts'
import { ignoreRejection } from './ignore-rejection.ts'
import type { Payload } from './message-writer.ts'
import { latin1, putLatin1 } from './octets.ts'

/** Bytes that wait to be written together; beyond, they are written in between. */
const maxPendingBytes = 64 * 1024

export interface OutputOwner {
  /** The peer does not keep up any more. */
  congested(): void
}

let top: ConnectionOutput | undefined

export class ConnectionOutput {
  /** The peer does not keep up. */
  isCongested = false
  readonly #socket: Socket<unknown>
  readonly #owner: OutputOwner | undefined
  #pending = ''
  #isHeld = false
  #isWriting = false
  /** Where its bytes begin in the scratch, and who was on top before, while it is held. */
  #base = 0
  #below: ConnectionOutput | undefined
  #isFlushScheduled = false
  #isClosed = false
  #queuedBytes = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor(socket: Socket<unknown>, owner?: OutputOwner) {
    this.#socket = socket
    this.#owner = owner
  }

  /** From here on everything leaves together, at `release`; false if it is held already. */
  hold(): boolean {
    if (this.#isHeld) return false
    this.#isHeld = true
    if (top !== undefined && !top.#isWriting) top.flush()
    this.#base = this.#socket.scratch.end
    this.#below = top
    top = this
    return true
  }

  /** By whoever held it, before the code that runs now ends. */
  release(): void {
    this.flush()
    this.#isHeld = false
    top = this.#below
    this.#below = undefined
  }

  /** Room to write bytes into from its `end` on, until `finish` or `undo`. */
  begin(): ByteWriter {
    const out = this.#socket.scratch
    if (this.#pending !== '' && top === this) this.#unpend(out)
    this.#isWriting = true
    return out
  }

  /** What was written from `start` on is not sent. */
  undo(start: number): void {
    this.#isWriting = false
    this.#socket.scratch.end = start
  }

  /** What was written from `start` on is to be sent. */
  finish(start: number): void {
    const out = this.#socket.scratch
    this.#isWriting = false
    if (top === this) {
      if (out.end - this.#base > maxPendingBytes) this.#sendScratch()
      return
    }
    const text = latin1(out.bytes, start, out.end)
    out.end = start
    this.#pend(text)
  }

  send(payload: Payload): void {
    if (typeof payload !== 'string') {
      this.flush()
      this.#write(payload)
    } else if (top === this && payload.length <= maxPendingBytes) {
      const out = this.begin()
      const start = out.end
      writeLatin1(out, payload)
      this.finish(start)
    } else this.#pend(payload)
  }

  flush(): void {
    if (top === this && this.#socket.scratch.end > this.#base) this.#sendScratch()
    if (this.#pending !== '') this.#writePending()
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

  /** The socket could not send what it had accepted before. */
  fellBehind(): void {
    if (!this.#isClosed) this.#check(false, 0)
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

  #pend(text: string): void {
    this.#pending += text
    if (this.#pending.length > maxPendingBytes) this.flush()
    else if (!this.#isHeld && !this.#isFlushScheduled) this.#scheduleFlush()
  }

  /** What was pending comes before what is written now. */
  #unpend(out: ByteWriter): void {
    const text = this.#pending
    this.#pending = ''
    writeLatin1(out, text)
  }

  #scheduleFlush(): void {
    this.#isFlushScheduled = true
    queueMicrotask(() => {
      this.#isFlushScheduled = false
      if (!this.#isHeld) this.flush()
    })
  }

  #sendScratch(): void {
    const { scratch } = this.#socket
    const size = scratch.end - this.#base
    if (this.#isClosed) scratch.end = this.#base
    else this.#check(this.#socket.send(this.#base), size)
  }

  #writePending(): void {
    const text = this.#pending
    this.#pending = ''
    if (text.length > maxGatheredBytes || this.#isClosed) this.#write(text)
    else this.#sendByScratch(text)
  }

  /** So that what goes out on many connections in one turn leaves together at its end. */
  #sendByScratch(text: string): void {
    const out = this.#socket.scratch
    const start = out.end
    writeLatin1(out, text)
    this.#check(this.#socket.send(start), text.length)
  }

  #write(payload: Payload): void {
    if (!this.#isClosed) this.#check(this.#socket.write(payload), payload.length)
  }

  #check(keepsUp: boolean, size: number): void {
    if (this.isCongested) this.#queuedBytes += size
    if (keepsUp || this.isCongested) return
    this.isCongested = true
    this.#queuedBytes = this.#socket.queuedBytes
    this.#owner?.congested()
  }
}

function writeLatin1(out: ByteWriter, text: string): void {
  out.reserve(text.length)
  out.end += putLatin1(out.bytes, text, out.end)
}
