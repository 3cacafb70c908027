/**
 * TurnOutput: small sends of many sockets, gathered so that they leave one after the other at the end of the loop's turn.
 *
 *   data ─▶ send ─▶ │ A │ B │ A │ …        end of the turn, or no more room ─▶ A.sendGathered, B.sendGathered, …
 *
 * A send in the middle of a turn leaves the processor's caches to the kernel, which wakes the peer up, and the next event
 * begins with cold ones. Nothing waits longer for it than the events that were ready at the same time.
 */
import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../foundation/bytes/byte-writer.ts'

/** What is larger is sent at once: to move it would cost more than is saved. */
export const maxGatheredBytes: number = 8 * 1024
export const turnOutputBytes: number = 32 * 1024
/** Sends that wait for each other at most, so that with many connections the first answer does not wait for the last. */
const maxSends = 64

export interface GatheredSender {
  /** Sends `bytes` from `from` up to `to`; who goes on reading from them says so by `giveAway`. */
  sendGathered(bytes: Buffer, from: number, to: number): void
}

export class TurnOutput {
  #bytes: Buffer
  #end = 0
  readonly #afterEvents: (flush: () => void) => unknown
  readonly #senders: GatheredSender[] = []
  /** Where the bytes of each end. */
  readonly #ends: number[] = []
  #isEndAwaited = false
  #isGivenAway = false

  /** `afterEvents` calls back once, when the events or promises that are handled now have been handled. */
  constructor(afterEvents: (flush: () => void) => unknown, bytes: Buffer = Buffer.allocUnsafeSlow(turnOutputBytes)) {
    this.#afterEvents = afterEvents
    this.#bytes = bytes
    // Who ends the process in the middle of a turn has answered before.
    process.once('exit', () => this.flush())
  }

  /** Copies what stands in `out` from `from` on, at most `maxGatheredBytes`. */
  add(sender: GatheredSender, out: ByteWriter, from: number): void {
    if (this.#end + out.end - from > this.#bytes.length) this.flush()
    this.#end += out.bytes.copy(this.#bytes, this.#end, from, out.end)
    this.#senders.push(sender)
    this.#ends.push(this.#end)
    if (this.#senders.length === maxSends) this.flush()
    else if (!this.#isEndAwaited) this.#awaitEnd()
  }

  /** A loop of ours takes events, and says by `endTurn` that it has done so. */
  beginTurn(): void {
    this.#isEndAwaited = true
  }

  readonly endTurn = (): void => {
    this.#isEndAwaited = false
    this.flush()
  }

  /** Whoever must keep the order of a socket calls it before anything else leaves by another way. */
  flush(): void {
    const bytes = this.#bytes
    const senders = this.#senders
    if (senders.length === 0) return
    let from = 0
    for (let index = 0; index < senders.length; index++) {
      const to = this.#ends[index] as number
      ;(senders[index] as GatheredSender).sendGathered(bytes, from, to)
      from = to
    }
    senders.length = 0
    this.#ends.length = 0
    this.#end = 0
    if (this.#isGivenAway) this.#bytes = Buffer.allocUnsafeSlow(bytes.length)
    this.#isGivenAway = false
  }

  /** The bytes that are being sent stay with whoever reads from them. */
  giveAway(): void {
    this.#isGivenAway = true
  }

  #awaitEnd(): void {
    this.#isEndAwaited = true
    this.#afterEvents(this.endTurn)
  }
}
