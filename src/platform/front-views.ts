/** FrontViews: views of the front of one array into which everything is read; those of small sizes are kept. */
import { Buffer } from 'node:buffer'

/** Most requests are small, and of few sizes. */
const maxKeptBytes = 1024

export class FrontViews {
  readonly bytes: Buffer
  readonly #views: (Buffer | undefined)[] = []

  constructor(capacityBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes)
  }

  /** The first `size` bytes. */
  of(size: number): Buffer {
    const view = this.#views[size] ?? this.bytes.subarray(0, size)
    if (size <= maxKeptBytes) this.#views[size] = view
    return view
  }
}
