/**
 * Scratch: the output that sockets share, because one is enough for all that run one after the other.
 *
 *   [ what an outer one has begun │ from … end ) ──send(from)──▶ socket      end = from
 */
import { Buffer } from 'node:buffer'
import { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import { TurnOutput } from './turn-output.ts'

/** An answer of ten kilobytes with its head, so that most programs never need more. */
const capacityBytes = 16 * 1024
/** What a large answer made of it is given back. */
const maxKeptBytes = 256 * 1024

/** Of all sockets that this process has from its runtime. */
export const scratch: ByteWriter = new ByteWriter(capacityBytes)
/** Both runtimes call it right behind the events of a turn. */
export const turnOutput: TurnOutput = new TurnOutput(setImmediate)

/** Takes the bytes from `from` on off. */
export function cutOff(out: ByteWriter, from: number): void {
  out.end = from
  if (from === 0 && out.bytes.length > maxKeptBytes) out.bytes = Buffer.allocUnsafeSlow(capacityBytes)
}

/** Leaves the array to whoever still reads from it; what stands before `from` moves to another one. */
export function giveAway(out: ByteWriter, from: number): void {
  const { bytes } = out
  out.bytes = Buffer.allocUnsafeSlow(Math.max(capacityBytes, from))
  if (from > 0) out.bytes.set(bytes.subarray(0, from))
  out.end = from
}
