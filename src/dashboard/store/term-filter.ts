/**
 * TermFilter: whether a block may hold something, without opening it (a Bloom filter).
 *
 *   add 'service=orders' ─▶ 5 bits set          mayHold: all 5 set ─▶ open the block │ one is not ─▶ it is not there
 *
 * With 10 bits for each term, one block in a hundred is opened in vain.
 */
const probes = 5
const bitsPerTerm = 10

export class TermFilter {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  static of(terms: ReadonlySet<string>): TermFilter {
    const filter = new TermFilter(new Uint8Array(Math.max(8, Math.ceil((terms.size * bitsPerTerm) / 8))))
    for (const term of terms) filter.#add(term)
    return filter
  }

  mayHold(term: string): boolean {
    const bits = this.bytes.length * 8
    const hash = hashOf(term)
    const step = stepOf(hash)
    for (let probe = 0; probe < probes; probe++) {
      const bit = (hash + probe * step) % bits
      if (((this.bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
    }
    return true
  }

  #add(term: string): void {
    const bits = this.bytes.length * 8
    const hash = hashOf(term)
    const step = stepOf(hash)
    for (let probe = 0; probe < probes; probe++) {
      const bit = (hash + probe * step) % bits
      this.bytes[bit >> 3] = (this.bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
    }
  }
}

/** FNV-1a over UTF-16 units, mixed once more, so that its low bits depend on all of them. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Odd, so that the probes differ. */
function stepOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 1) | 1
}
