/**
 * A socket of `Bun.listen` or `Bun.connect` as the platform's `Socket`.
 *
 *   send, small ─▶ turnOutput ─┐ end of the turn, or whatever else is asked of the socket
 *   write, send ─▶ native.write ──all taken──▶ true
 *                 └─ part of it ─▶ queue ──drain──▶ native.write … ─▶ empty ─▶ drained │ FIN if end() was called
 *
 * Bun's write takes what fits into the kernel's buffer and forgets the rest, so the rest is queued here.
 */
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import { FrontViews } from '../front-views.ts'
import { peerCertificateFrom } from '../peer-certificate.ts'
import { cutOff, scratch, turnOutput } from '../scratch.ts'
import type { Socket, SocketHandlers, SocketPeer, TlsPeer } from '../socket.ts'
import { keepAliveDelayMs } from '../socket-defaults.ts'
import { errorFrom } from '../thrown-error.ts'
import { type GatheredSender, maxGatheredBytes } from '../turn-output.ts'
import { unmappedAddress } from '../unmapped-address.ts'
import type { BunSocketHandle, BunSocketHandlers } from './bun-api.ts'

/** What the native socket carries: nothing until the connection is open, for TLS until its handshake is done. */
export type Carried = SocketEvents | undefined

export type NativeSocket = BunSocketHandle<Carried>

interface SocketEvents {
  received(bytes: Uint8Array): void
  writable(): void
  peerEnded(): void
  broken(error: Error): void
  closed(error: Error | undefined): void
}

/**
 * Small reads are moved into one array for all: to take a view of bytes that are new each time, of a body say, costs Bun
 * ten times what moving them does.
 */
const maxMovedBytes = 4 * 1024
const moved = new FrontViews(maxMovedBytes)

/** Shared by all sockets, whoever opened them; a connection costs no closures. */
export const socketEvents: BunSocketHandlers<Carried> = {
  data: (native, bytes) => native.data?.received(bytes),
  drain: (native) => native.data?.writable(),
  end: (native) => native.data?.peerEnded(),
  error: (native, error) => native.data?.broken(error),
  close: (native, error) => native.data?.closed(error),
}

export interface BunSocketOptions<State> {
  native: NativeSocket
  state: State
  handlers: SocketHandlers<State>
  tls?: TlsPeer
}

export class BunSocket<State = unknown> implements Socket<State>, SocketEvents, GatheredSender {
  state: State
  readonly peer: SocketPeer
  readonly #native: NativeSocket
  readonly #handlers: SocketHandlers<State>
  #queue: Uint8Array[] | undefined
  #queuedBytes = 0
  /** In `turnOutput`. */
  #gatheredBytes = 0
  /** No more writes: `end` was called, or the socket is on its way out. */
  #ended = false
  #peerEnded = false
  #destroyed = false
  #failure: Error | undefined

  constructor({ native, state, handlers, tls }: BunSocketOptions<State>) {
    this.state = state
    this.#native = native
    this.#handlers = handlers
    const address = unmappedAddress(native.remoteAddress ?? '')
    const port = native.remotePort ?? 0
    this.peer = tls === undefined ? { address, port } : { address, port, tls }
    native.data = this
  }

  /** Announces the connection. */
  open(): void {
    this.#native.setNoDelay(true)
    this.#native.setKeepAlive(true, keepAliveDelayMs)
    try {
      this.#handlers.open?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  write(bytes: Uint8Array | string): boolean {
    this.#sendGatheredNow()
    if (this.#ended) return false
    const taken = this.#queuedBytes > 0 ? 0 : this.#send(bytes)
    if (taken === bytes.length) return true
    if (taken >= 0) this.#enqueue(bytes, taken)
    return false
  }

  get scratch(): ByteWriter {
    return scratch
  }

  send(from = 0): boolean {
    const keepsUp = this.#gather(from) || this.#sendScratch(from)
    cutOff(scratch, from)
    return keepsUp
  }

  sendGathered(bytes: Buffer, from: number, to: number): void {
    this.#gatheredBytes -= to - from
    // The connection broke in between.
    if (this.#ended) return
    const wasBehind = this.#queuedBytes > 0
    this.#sendPart(bytes, from, to)
    if (!wasBehind && this.#queuedBytes > 0) queueMicrotask(() => this.#fellBehind())
  }

  get queuedBytes(): number {
    return this.#queuedBytes + this.#gatheredBytes
  }

  end(): void {
    this.#sendGatheredNow()
    if (this.#ended) return
    this.#ended = true
    if (this.#queuedBytes === 0) this.#native.shutdown()
  }

  destroy(options?: { reset?: boolean }): void {
    if (this.#destroyed) return
    this.#sendGatheredNow()
    this.#destroyed = true
    this.#ended = true
    // Over TLS Bun's close waits until a record that was cut short has left, which may be never.
    const isStuck = this.#queuedBytes > 0 && this.peer.tls !== undefined
    if (options?.reset || isStuck) this.#native.terminate()
    else this.#native.close()
  }

  pause(): void {
    this.#native.pause()
  }

  resume(): void {
    this.#native.resume()
  }

  received(bytes: Uint8Array): void {
    try {
      this.#handlers.data(this, bytes.length <= maxMovedBytes ? inOneArray(bytes) : bytes)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  writable(): void {
    // Bun says so when nothing waits, too.
    if (this.#queuedBytes === 0) return
    this.#flush()
    if (this.#queuedBytes > 0) return
    if (this.#ended) this.#native.shutdown()
    else this.#drained()
  }

  peerEnded(): void {
    if (this.#peerEnded) return
    this.#peerEnded = true
    try {
      this.#handlers.peerEnd?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  broken(error: Error): void {
    this.#failure ??= error
  }

  closed(error: Error | undefined): void {
    this.#ended = true
    if (error !== undefined) this.broken(error)
    // Bun closes from inside the call that destroys; the owner is told behind it.
    queueMicrotask(() => this.#closed())
  }

  #closed(): void {
    const orderly = !this.#destroyed && this.#failure === undefined
    // Bun skips `end` where we had sent FIN already.
    if (orderly) this.peerEnded()
    this.#queue = undefined
    this.#queuedBytes = 0
    try {
      this.#handlers.close?.(this, this.#failure)
    } catch (thrown) {
      process.emitWarning(errorFrom(thrown))
    }
  }

  /** False if it is to be sent at once. */
  #gather(from: number): boolean {
    const size = scratch.end - from
    if (size > maxGatheredBytes || this.#queuedBytes > 0 || this.#ended || this.peer.tls !== undefined) return false
    this.#gatheredBytes += size
    turnOutput.add(this, scratch, from)
    return true
  }

  #sendGatheredNow(): void {
    if (this.#gatheredBytes > 0) turnOutput.flush()
  }

  #sendScratch(from: number): boolean {
    this.#sendGatheredNow()
    return !this.#ended && this.#sendPart(scratch.bytes, from, scratch.end)
  }

  /** From an array that is used again; whether all of it was taken. */
  #sendPart(bytes: Buffer, from: number, to: number): boolean {
    const taken = this.#queuedBytes > 0 ? 0 : this.#native.write(bytes, from, to - from)
    if (taken < 0) this.#lost()
    else if (taken < to - from) this.#push(Buffer.from(bytes.subarray(from + taken, to)))
    return taken === to - from
  }

  #send(bytes: Uint8Array | string): number {
    const taken = typeof bytes === 'string' ? this.#native.write(bytes, 'latin1') : this.#native.write(bytes)
    if (taken < 0) this.#lost()
    return taken
  }

  #enqueue(bytes: Uint8Array | string, from: number): void {
    const rest = typeof bytes === 'string' ? Buffer.from(bytes.slice(from), 'latin1') : bytes.subarray(from)
    this.#push(rest)
  }

  #push(rest: Uint8Array): void {
    this.#queue ??= []
    this.#queue.push(rest)
    this.#queuedBytes += rest.length
  }

  #flush(): void {
    const queue = this.#queue ?? []
    let sent = 0
    for (const chunk of queue) {
      const taken = this.#send(chunk)
      if (taken < 0) return
      this.#queuedBytes -= taken
      if (taken < chunk.length) {
        queue[sent] = chunk.subarray(taken)
        break
      }
      sent++
    }
    queue.splice(0, sent)
    if (queue.length === 0) this.#queue = undefined
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

  /** The peer is gone, which Bun tells by the result of a write alone. */
  #lost(): void {
    const error = new Error('The peer closed the connection while bytes were on their way to it.')
    this.#failure ??= Object.assign(error, { code: 'EPIPE' })
    this.#ended = true
    queueMicrotask(() => this.destroy())
  }

  #fail(thrown: unknown): void {
    this.#failure ??= errorFrom(thrown)
    this.destroy({ reset: true })
  }
}

function inOneArray(bytes: Uint8Array): Uint8Array {
  moved.bytes.set(bytes)
  return moved.of(bytes.length)
}

export function tlsPeerFrom(native: NativeSocket): TlsPeer {
  const x509 = native.getPeerX509Certificate()
  const peer = {
    alpnProtocol: native.alpnProtocol || undefined,
    serverName: native.getServername() || undefined,
    authorized: x509 !== undefined && native.authorized,
  }
  return x509 === undefined ? peer : { ...peer, certificate: peerCertificateFrom(x509) }
}
