/**
 * ScriptedSocket: a socket without a network; the test is the peer. It records what is written and takes as much as it
 * is told to, so that backpressure, half-closing and resets can be played through step by step.
 */
import { Buffer } from 'node:buffer'
import { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import type { Socket, SocketPeer } from '../platform/socket.ts'

/** Shared by all, as a runtime's is. */
const scratch = new ByteWriter()

export class ScriptedSocket<State = unknown> implements Socket<State> {
  state: State
  readonly peer: SocketPeer
  readonly scratch: ByteWriter = scratch
  /** Bytes taken while the peer reads; beyond, they are queued and `write` returns false. */
  capacityBytes: number = Number.POSITIVE_INFINITY
  /** `send` returns true whatever happens, as at the end of a turn; the test says `fellBehind` where it did. */
  leavesLater = false
  isPaused = false
  isEnded = false
  isDestroyed = false
  isReset = false
  /** How many times something was written. */
  writes = 0
  #taken: string[] = []
  #queued: string[] = []

  constructor(state: State, peer: SocketPeer = { address: '127.0.0.1', port: 50_000 }) {
    this.state = state
    this.peer = peer
  }

  get queuedBytes(): number {
    return this.#queued.reduce((sum, piece) => sum + piece.length, 0)
  }

  /** Everything that the peer has received so far, as a byte string. */
  get received(): string {
    return this.#taken.join('')
  }

  /** What the peer has received since the last call. */
  take(): string {
    const text = this.received
    this.#taken = []
    return text
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.isDestroyed || this.isEnded) return false
    this.writes++
    this.#queued.push(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1'))
    return this.#deliver()
  }

  send(from = 0): boolean {
    const bytes = Uint8Array.from(scratch.bytes.subarray(from, scratch.end))
    // Who looks at it later finds something else.
    scratch.bytes.fill(0x58, from)
    scratch.end = from
    return this.write(bytes) || this.leavesLater
  }

  end(): void {
    this.isEnded = true
  }

  destroy({ reset = false }: { reset?: boolean } = {}): void {
    this.isDestroyed = true
    this.isReset = reset
    this.#queued = []
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  /** The peer takes up to `byteCount` bytes more; true once nothing is queued. */
  accept(byteCount: number = Number.POSITIVE_INFINITY): boolean {
    this.capacityBytes = byteCount
    return this.#deliver()
  }

  #deliver(): boolean {
    while (this.capacityBytes > 0) {
      const piece = this.#queued.shift()
      if (piece === undefined) return true
      const size = Math.min(piece.length, this.capacityBytes)
      this.#taken.push(piece.slice(0, size))
      this.capacityBytes -= size
      if (size < piece.length) this.#queued.unshift(piece.slice(size))
    }
    return this.#queued.length === 0
  }
}

/** The bytes of a byte string, each character one byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
