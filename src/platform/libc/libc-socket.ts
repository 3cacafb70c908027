/**
 * A socket of the C library as the platform's `Socket`.
 *
 *   readable ─▶ recv into the memory that all share ─▶ data │ 0 bytes: peerEnd │ ECONNRESET: close
 *   send, small ─▶ the loop's output ─┐ end of the turn, or whatever else is asked of the socket
 *   write, send ─▶ send ──all taken──▶ true
 *                    └─ part of it ─▶ queue ──writable──▶ send … ─▶ empty ─▶ drained │ FIN if end() was called
 *   closed when both sides have ended, when it breaks, or when it is destroyed; the owner is told behind the running code
 */
import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Socket, SocketHandlers, SocketPeer } from '../socket.ts'
import { errorFrom } from '../thrown-error.ts'
import { type GatheredSender, maxGatheredBytes } from '../turn-output.ts'
import type { Address } from './c-library.ts'
import {
  EAGAIN,
  EINTR,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  MSG_NOSIGNAL,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOL_SOCKET,
} from './constants.ts'
import type { Pollable } from './epoll-loop.ts'
import { copyBytes, receiveBytes } from './native-memory.ts'
import type { SocketShare } from './socket-share.ts'
import { systemError } from './system-error.ts'

export interface LibcSocketOptions<State> {
  readonly fd: number
  readonly peer: SocketPeer
  readonly share: SocketShare
  readonly handlers: SocketHandlers<State>
  readonly state: State
}

export class LibcSocket<State = unknown> implements Socket<State>, Pollable, GatheredSender {
  state: State
  readonly fd: number
  generation = 0
  readonly peer: SocketPeer
  readonly #share: SocketShare
  readonly #handlers: SocketHandlers<State>
  #queue: Uint8Array[] | undefined
  #queuedBytes = 0
  /** In the loop's output. */
  #gatheredBytes = 0
  /** What the loop was asked to tell. */
  #interest = 0
  #isOpening = true
  /** The loop tells nothing of it, because it would tell the same without end. */
  #isSilent = false
  #isPaused = false
  /** No more writes: `end` was called, or the socket is on its way out. */
  #hasEnded = false
  #hasPeerEnded = false
  #isClosed = false
  #failure: Error | undefined

  constructor({ fd, peer, share, handlers, state }: LibcSocketOptions<State>) {
    this.fd = fd
    this.peer = peer
    this.#share = share
    this.#handlers = handlers
    this.state = state
  }

  /** Announces the connection and begins to read. */
  open(): void {
    try {
      this.#handlers.open?.(this)
      this.#isOpening = false
      if (this.#isClosed) return
      this.#interest = this.#wanted()
      this.#share.loop.add(this, this.#interest)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  // The owner's side.

  write(bytes: Uint8Array | string): boolean {
    this.#sendGatheredNow()
    if (this.#hasEnded) return false
    const taken = this.#queuedBytes > 0 ? 0 : this.#copyOut(bytes)
    if (taken === bytes.length) return this.#queuedBytes === 0
    if (taken >= 0)
      this.#push(typeof bytes === 'string' ? Buffer.from(bytes.slice(taken), 'latin1') : rest(bytes, taken))
    return false
  }

  get scratch(): ByteWriter {
    return this.#share.scratch
  }

  send(from = 0): boolean {
    const { scratch } = this.#share
    const size = scratch.end - from
    const keepsUp = this.#gather(scratch, from, size) || this.#sendScratch(scratch, from, size)
    this.#share.cutOff(from)
    return keepsUp
  }

  sendGathered(bytes: Buffer, from: number, to: number): void {
    this.#gatheredBytes -= to - from
    // The connection broke in between.
    if (this.#hasEnded) return
    const { memory, library } = this.#share.loop
    const wasBehind = this.#queuedBytes > 0
    const taken = wasBehind ? 0 : this.#transmit(library.at(memory.gathered, from), to - from)
    if (taken < 0 || taken === to - from) return
    this.#push(Buffer.from(bytes.subarray(from + taken, to)))
    if (!wasBehind) queueMicrotask(() => this.#fellBehind())
  }

  get queuedBytes(): number {
    return this.#queuedBytes + this.#gatheredBytes
  }

  end(): void {
    this.#sendGatheredNow()
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#queuedBytes === 0) this.#finish()
  }

  destroy(options?: { reset?: boolean }): void {
    this.#sendGatheredNow()
    if (this.#isClosed) return
    if (options?.reset) this.#resetOnClose()
    this.#release()
  }

  pause(): void {
    this.#isPaused = true
    this.#watch()
  }

  resume(): void {
    this.#isPaused = false
    this.#watch()
  }

  // The loop's side.

  ready(events: number): void {
    if (events & EPOLLOUT && this.#queuedBytes > 0) this.#flush()
    if (this.#isClosed) return
    if (events & EPOLLIN && this.#interest & EPOLLIN) this.#read()
    else if (events & (EPOLLERR | EPOLLHUP)) this.#hangUp(events)
  }

  #read(): void {
    const { calls, memory, library } = this.#share.loop
    const count = calls.recv(this.fd, memory.receive, receiveBytes, 0)
    if (count > 0) this.#received(memory.received(count))
    else if (count === 0) this.#peerEnd()
    else this.#readFailed(library.errno())
  }

  #received(bytes: Buffer): void {
    try {
      this.#handlers.data(this, bytes)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #peerEnd(): void {
    this.#hasPeerEnded = true
    this.#watch()
    try {
      this.#handlers.peerEnd?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
    if (this.#hasEnded && this.#queuedBytes === 0) this.#release()
  }

  #readFailed(errno: number): void {
    if (errno === EAGAIN || errno === EINTR) return
    this.#failure ??= systemError('recv', errno)
    this.#release()
  }

  /** Both directions are over, or the connection broke, while nobody reads. */
  #hangUp(events: number): void {
    const { loop } = this.#share
    const errno = events & EPOLLERR ? this.#takeError() : 0
    if (errno !== 0) {
      this.#failure ??= systemError('recv', errno)
      this.#release()
    } else if (!this.#isSilent) {
      // Told again in every turn until somebody reads what is left.
      this.#isSilent = true
      loop.silence(this)
    }
  }

  #takeError(): number {
    const { calls, memory } = this.#share.loop
    memory.setLength(4)
    calls.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, memory.option, memory.length)
    return memory.getOption()
  }

  // Writing.

  #copyOut(bytes: Uint8Array | string): number {
    return typeof bytes === 'string' ? this.#copyText(bytes) : this.#copyBytes(bytes)
  }

  /** Sends what the kernel takes and returns how much that was, -1 if the connection broke. */
  #copyBytes(bytes: Uint8Array): number {
    const { memory } = this.#share.loop
    let sent = 0
    while (sent < bytes.length) {
      const size = Math.min(copyBytes, bytes.length - sent)
      memory.copyView.set(size === bytes.length ? bytes : bytes.subarray(sent, sent + size))
      const taken = this.#transmit(memory.copy, size)
      if (taken < 0) return -1
      sent += taken
      if (taken < size) break
    }
    return sent
  }

  #copyText(text: string): number {
    const { memory } = this.#share.loop
    let sent = 0
    while (sent < text.length) {
      const size = Math.min(copyBytes, text.length - sent)
      memory.copyView.write(size === text.length ? text : text.slice(sent, sent + size), 'latin1')
      const taken = this.#transmit(memory.copy, size)
      if (taken < 0) return -1
      sent += taken
      if (taken < size) break
    }
    return sent
  }

  /** False if it is to be sent at once. */
  #gather(scratch: ByteWriter, from: number, size: number): boolean {
    if (size > maxGatheredBytes || this.#queuedBytes > 0 || this.#hasEnded) return false
    this.#gatheredBytes += size
    this.#share.loop.output.add(this, scratch, from)
    return true
  }

  #sendGatheredNow(): void {
    if (this.#gatheredBytes > 0) this.#share.loop.output.flush()
  }

  #sendScratch(scratch: ByteWriter, from: number, size: number): boolean {
    this.#sendGatheredNow()
    if (this.#hasEnded) return false
    const taken = this.#queuedBytes > 0 ? 0 : this.#sendFromScratch(scratch, from, size)
    if (taken === size) return this.#queuedBytes === 0
    if (taken >= 0) this.#push(Buffer.from(scratch.bytes.subarray(from + taken, scratch.end)))
    return false
  }

  /** Straight from where it was written, unless it outgrew the shared memory. */
  #sendFromScratch(scratch: ByteWriter, from: number, size: number): number {
    const { loop, scratch: shared } = this.#share
    const { memory, library } = loop
    if (shared.bytes !== memory.outputView) return this.#copyBytes(scratch.bytes.subarray(from, scratch.end))
    return this.#transmit(from === 0 ? memory.output : library.at(memory.output, from), size)
  }

  #transmit(from: Address, size: number): number {
    if (size === 0) return 0
    const { calls, library } = this.#share.loop
    const taken = calls.send(this.fd, from, size, MSG_NOSIGNAL)
    return taken >= 0 ? taken : this.#sendFailed(library.errno())
  }

  #sendFailed(errno: number): number {
    if (errno === EAGAIN || errno === EINTR) return 0
    this.#failure ??= systemError('send', errno)
    this.#release()
    return -1
  }

  #push(bytes: Uint8Array): void {
    this.#queue ??= []
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    this.#watch()
  }

  #flush(): void {
    const queue = this.#queue ?? []
    let sent = 0
    for (const piece of queue) {
      const taken = this.#copyBytes(piece)
      if (taken < 0) return
      this.#queuedBytes -= taken
      if (taken < piece.length) {
        queue[sent] = piece.subarray(taken)
        break
      }
      sent++
    }
    queue.splice(0, sent)
    if (this.#queuedBytes > 0) return
    this.#queue = undefined
    this.#watch()
    if (this.#hasEnded) this.#finish()
    else this.#drained()
  }

  #fellBehind(): void {
    if (this.#queuedBytes === 0) return
    try {
      this.#handlers.fellBehind?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #drained(): void {
    try {
      this.#handlers.drained?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  // Ending.

  /** Everything has left: FIN, and the end if the peer had sent its own. */
  #finish(): void {
    if (this.#hasPeerEnded) this.#release()
    else this.#share.loop.calls.shutdown(this.fd, SHUT_WR)
  }

  #fail(thrown: unknown): void {
    this.#failure ??= errorFrom(thrown)
    this.destroy({ reset: true })
  }

  /** A linger of no time at all makes the kernel send RST. */
  #resetOnClose(): void {
    const { calls, memory } = this.#share.loop
    memory.setOption(1, 0)
    calls.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, memory.option, 8)
  }

  #release(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#hasEnded = true
    this.#queue = undefined
    this.#queuedBytes = 0
    this.#share.loop.remove(this)
    this.#share.loop.calls.close(this.fd)
    queueMicrotask(() => this.#closed())
  }

  #closed(): void {
    try {
      this.#handlers.close?.(this, this.#failure)
    } catch (thrown) {
      process.emitWarning(errorFrom(thrown))
    }
  }

  /** Asks the loop for what is of interest now. */
  #watch(): void {
    if (this.#isClosed || this.#isOpening) return
    const interest = this.#wanted()
    if (interest === this.#interest) return
    this.#interest = interest
    const { loop } = this.#share
    if (!this.#isSilent) loop.change(this, interest)
    else if (interest & EPOLLIN) {
      this.#isSilent = false
      loop.unsilence(this, interest)
    }
  }

  #wanted(): number {
    const reads = !this.#isPaused && !this.#hasPeerEnded
    return (reads ? EPOLLIN : 0) | (this.#queuedBytes > 0 ? EPOLLOUT : 0)
  }
}

function rest(bytes: Uint8Array, from: number): Uint8Array {
  return from === 0 ? bytes : bytes.subarray(from)
}
