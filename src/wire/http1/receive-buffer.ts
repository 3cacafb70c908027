/**
 * ReceiveBuffer: the bytes of a connection that have arrived and are not used yet, [start, end) of `bytes`.
 *
 *   put(piece)   nothing left over: the piece is borrowed as it is      something left over: it is appended
 *   own()        somebody will look at it after the event: copied once, all offsets stay as they are
 *   keep()       the event is over: what is left is copied, if it was borrowed, and moved to the front
 *
 * A request that arrives whole and is answered at once is never copied; a connection that waits holds no memory.
 */
import { Buffer } from 'node:buffer'

/** Holds offsets into the unread bytes, and is told when they move. */
export interface Anchored {
  shift(delta: number): void
}

const nothing = new Uint8Array(0)
/** Smallest room that is made for a message that comes in pieces. */
const minRoomBytes = 512

export class ReceiveBuffer {
  bytes: Uint8Array = nothing
  start = 0
  end = 0
  /** Whoever is in the middle of reading a head or trailers. */
  anchor: Anchored | undefined
  #isBorrowed = false

  get length(): number {
    return this.end - this.start
  }

  /** Takes bytes that are valid only until the event is over. */
  put(piece: Uint8Array): void {
    if (this.start === this.end) {
      this.anchor?.shift(-this.start)
      this.bytes = piece
      this.start = 0
      this.end = piece.length
      this.#isBorrowed = true
      return
    }
    if (this.#isBorrowed || this.bytes.length - this.end < piece.length) this.#moveToFront(piece.length)
    this.bytes.set(piece, this.end)
    this.end += piece.length
  }

  /** Makes the bytes stay valid, without moving them. Views given out before become invalid with the event. */
  own(): void {
    if (!this.#isBorrowed) return
    const copy = Buffer.allocUnsafe(this.end)
    copy.set(this.end === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.end))
    this.bytes = copy
    this.#isBorrowed = false
  }

  /** The event is over. */
  keep(): void {
    if (this.start === this.end) this.#release()
    else if (this.#isBorrowed) this.#moveToFront(0)
  }

  clear(): void {
    this.start = this.end
    this.#release()
  }

  #release(): void {
    this.anchor?.shift(-this.start)
    this.bytes = nothing
    this.start = this.end = 0
    this.#isBorrowed = false
  }

  #moveToFront(extraBytes: number): void {
    const { length } = this
    const moved = Buffer.allocUnsafe(Math.max(minRoomBytes, length * 2, length + extraBytes))
    moved.set(this.bytes.subarray(this.start, this.end))
    this.anchor?.shift(-this.start)
    this.bytes = moved
    this.start = 0
    this.end = length
    this.#isBorrowed = false
  }
}
