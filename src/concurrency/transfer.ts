/** Transfer: a value whose buffers change hands between threads instead of being copied. */

/** What a thread can give away: `ArrayBuffer`, `MessagePort` and the like. */
export type Transferable = ArrayBuffer | MessagePort

export class Transfer<T> {
  readonly value: T
  readonly list: readonly Transferable[]

  constructor(value: T, list: readonly Transferable[]) {
    this.value = value
    this.list = list
  }
}

/** For the end of a work: `return transfer(image, [image.buffer])`. The buffers are empty here afterwards. */
export function transfer<T>(value: T, list: readonly Transferable[]): Transfer<T> {
  return new Transfer(value, list)
}
