/**
 * BatchEncoder: turns what a process says into bodies of requests, each item as soon as it is there. Items need not be kept
 * then: what waits is bytes, whose number is known.
 */
export interface BatchEncoder<Item> {
  /** Items added since `take`. */
  readonly count: number
  /** About as many bytes as `take` would give. */
  readonly byteLength: number
  add(item: Item): void
  /** The body of a request with what was added, a copy of its own; the encoder is empty afterwards. */
  take(): Uint8Array
}
