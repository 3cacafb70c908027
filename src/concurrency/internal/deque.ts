/**
 * Deque: a queue whose both ends are quick, in a ring that doubles when it is full.
 *
 *        ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *        │   │   │ a │ b │ c │   │   │   │      shift() takes a, pop() takes c, push(d) goes behind c
 *        └───┴───┴───┴───┴───┴───┴───┴───┘      unshift(z) goes before a
 *                  ▲ head      ▲ head + length
 *
 * An array's own `shift` moves every element that is left; this moves none.
 */

const smallest = 8

export class Deque<T> {
  #ring: (T | undefined)[] = new Array(smallest)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = value
    this.#length++
  }

  unshift(value: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#head = (this.#head - 1) & (this.#ring.length - 1)
    this.#ring[this.#head] = value
    this.#length++
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const value = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return value
  }

  pop(): T | undefined {
    if (this.#length === 0) return undefined
    this.#length--
    const at = (this.#head + this.#length) & (this.#ring.length - 1)
    const value = this.#ring[at]
    this.#ring[at] = undefined
    return value
  }

  clear(): void {
    this.#ring = new Array(smallest)
    this.#head = 0
    this.#length = 0
  }

  /** The length stays a power of two, so that a mask wraps the index. */
  #grow(): void {
    const old = this.#ring
    const ring: (T | undefined)[] = new Array(old.length * 2)
    for (let at = 0; at < this.#length; at++) ring[at] = old[(this.#head + at) & (old.length - 1)]
    this.#ring = ring
    this.#head = 0
  }
}
