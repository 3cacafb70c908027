/** A `net.Socket`, whatever it carries, as the platform's `Socket`. */
import type { Socket as NetSocket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import { peerCertificateFrom } from '../peer-certificate.ts'
import { cutOff, giveAway, scratch, turnOutput } from '../scratch.ts'
import type { Socket, SocketHandlers, SocketPeer, TlsPeer } from '../socket.ts'
import { errorFrom } from '../thrown-error.ts'
import { type GatheredSender, maxGatheredBytes } from '../turn-output.ts'
import { unmappedAddress } from '../unmapped-address.ts'

/** The wrapper hangs on the native socket, so that all connections share the listeners below and cost no closures. */
export const wrapper: unique symbol = Symbol('wrapper')

export interface OwnedSocket extends NetSocket {
  [wrapper]: SocketEvents
}

interface SocketEvents {
  received(bytes: Uint8Array): void
  drained(): void
  peerEnded(): void
  broken(error: Error): void
  closed(): void
}

export interface NodeSocketOptions<State> {
  native: NetSocket
  state: State
  handlers: SocketHandlers<State>
  tls?: TlsPeer
  /** Whether the socket is plain TCP, which alone can be reset. */
  resettable: boolean
}

export class NodeSocket<State = unknown> implements Socket<State>, SocketEvents, GatheredSender {
  state: State
  readonly peer: SocketPeer
  readonly #native: NetSocket
  readonly #handlers: SocketHandlers<State>
  readonly #resettable: boolean
  /** In `turnOutput`. */
  #gatheredBytes = 0
  #failure: Error | undefined

  constructor({ native, state, handlers, tls, resettable }: NodeSocketOptions<State>) {
    this.state = state
    this.#native = native
    this.#handlers = handlers
    this.#resettable = resettable
    const address = unmappedAddress(native.remoteAddress ?? '')
    const port = native.remotePort ?? 0
    this.peer = tls === undefined ? { address, port } : { address, port, tls }
    ;(native as OwnedSocket)[wrapper] = this
    native.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
  }

  /** Announces the connection and begins to read, unless somebody else hands over what is read. */
  open(isRead = true): void {
    try {
      this.#handlers.open?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
    if (isRead) this.#native.on('data', onData)
  }

  write(bytes: Uint8Array | string): boolean {
    this.#sendGatheredNow()
    if (!this.#native.writable) return false
    return typeof bytes === 'string' ? this.#native.write(bytes, 'latin1') : this.#native.write(bytes)
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
    const native = this.#native
    this.#gatheredBytes -= to - from
    // The connection broke in between.
    if (!native.writable) return
    const view = bytes.subarray(from, to)
    const isCopied = native.writableLength > 0
    const keepsUp = native.write(isCopied ? Buffer.from(view) : view)
    if (!isCopied && native.writableLength > 0) turnOutput.giveAway()
    if (!keepsUp) queueMicrotask(() => this.#fellBehind())
  }

  get queuedBytes(): number {
    return this.#native.writableLength + this.#gatheredBytes
  }

  end(): void {
    this.#sendGatheredNow()
    this.#native.end()
  }

  destroy(options?: { reset?: boolean }): void {
    this.#sendGatheredNow()
    // libuv refuses to reset a socket whose half-close is under way, and Node.js would then leave it open for ever.
    if (options?.reset && this.#resettable && !this.#native.writableEnded) this.#native.resetAndDestroy()
    else this.#native.destroy()
  }

  pause(): void {
    this.#native.pause()
  }

  resume(): void {
    this.#native.resume()
  }

  received(bytes: Uint8Array): void {
    try {
      this.#handlers.data(this, bytes)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  drained(): void {
    try {
      this.#handlers.drained?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  peerEnded(): void {
    try {
      this.#handlers.peerEnd?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  broken(error: Error): void {
    this.#failure ??= error
  }

  closed(): void {
    try {
      this.#handlers.close?.(this, this.#failure)
    } catch (thrown) {
      process.emitWarning(errorFrom(thrown))
    }
  }

  /** False if it is to be sent at once. */
  #gather(from: number): boolean {
    const native = this.#native
    const size = scratch.end - from
    if (size > maxGatheredBytes || native.writableLength > 0 || !native.writable || this.peer.tls !== undefined)
      return false
    this.#gatheredBytes += size
    turnOutput.add(this, scratch, from)
    return true
  }

  #sendGatheredNow(): void {
    if (this.#gatheredBytes > 0) turnOutput.flush()
  }

  #sendScratch(from: number): boolean {
    this.#sendGatheredNow()
    const native = this.#native
    if (!native.writable) return false
    const view = scratch.bytes.subarray(from, scratch.end)
    // What has to wait, or to be encrypted, would keep the view.
    const isCopied = native.writableLength > 0 || this.peer.tls !== undefined
    const keepsUp = native.write(isCopied ? Buffer.from(view) : view)
    if (!isCopied && native.writableLength > 0) giveAway(scratch, from)
    return keepsUp
  }

  #fellBehind(): void {
    if (!this.#native.writableNeedDrain) return
    try {
      this.#handlers.fellBehind?.(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): void {
    this.#failure ??= errorFrom(thrown)
    this.destroy({ reset: true })
  }
}

export function tlsPeerFrom(native: TLSSocket): TlsPeer {
  const x509 = native.getPeerX509Certificate()
  const peer = {
    alpnProtocol: native.alpnProtocol || undefined,
    serverName: serverNameOf(native),
    authorized: native.authorized,
  }
  return x509 === undefined ? peer : { ...peer, certificate: peerCertificateFrom(x509) }
}

function serverNameOf(native: TLSSocket): string | undefined {
  const name: unknown = 'servername' in native ? native.servername : undefined
  return typeof name === 'string' ? name : undefined
}

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[wrapper].received(bytes)
}

function onDrain(this: OwnedSocket): void {
  this[wrapper].drained()
}

function onEnd(this: OwnedSocket): void {
  this[wrapper].peerEnded()
}

function onError(this: OwnedSocket, error: Error): void {
  this[wrapper].broken(error)
}

function onClose(this: OwnedSocket): void {
  this[wrapper].closed()
}
