/**
 * Sieve: what to drop when the room is full (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024).
 *
 *   newest ─ … ─ hand ─ … ─ oldest       a hit marks an entry and moves nothing
 *                 └──▶ towards the newest, around again: a marked one loses its mark, the first without one goes
 *
 * What is used once, as by a scan, goes before what is used again; and a hit costs less than the moves of an LRU list.
 */

export interface SieveEntry {
  readonly key: string
  readonly bytes: number
}

interface Node<E extends SieveEntry> {
  entry: E
  isMarked: boolean
  newer: Node<E> | undefined
  older: Node<E> | undefined
}

export interface SieveOptions<E extends SieveEntry> {
  readonly maxBytes: number
  readonly maxEntries: number
  /** Whether it is of no use any more, and goes first. */
  readonly isDead: (entry: E) => boolean
  readonly onEvict: (entry: E) => void
}

export class Sieve<E extends SieveEntry> {
  readonly #nodes = new Map<string, Node<E>>()
  readonly #options: SieveOptions<E>
  #newest: Node<E> | undefined
  #oldest: Node<E> | undefined
  #hand: Node<E> | undefined
  #bytes = 0

  constructor(options: SieveOptions<E>) {
    this.#options = options
  }

  get size(): number {
    return this.#nodes.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): E | undefined {
    const node = this.#nodes.get(key)
    if (node === undefined) return undefined
    node.isMarked = true
    return node.entry
  }

  /** Without marking it. */
  peek(key: string): E | undefined {
    return this.#nodes.get(key)?.entry
  }

  /** False for what is larger than all the room. */
  set(entry: E): boolean {
    this.delete(entry.key)
    if (entry.bytes > this.#options.maxBytes) return false
    while (this.#bytes + entry.bytes > this.#options.maxBytes || this.#nodes.size >= this.#options.maxEntries)
      this.#evict()
    const node: Node<E> = { entry, isMarked: false, newer: undefined, older: this.#newest }
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
    this.#nodes.set(entry.key, node)
    this.#bytes += entry.bytes
    return true
  }

  delete(key: string): boolean {
    const node = this.#nodes.get(key)
    if (node === undefined) return false
    this.#remove(node)
    return true
  }

  clear(): void {
    this.#nodes.clear()
    this.#newest = undefined
    this.#oldest = undefined
    this.#hand = undefined
    this.#bytes = 0
  }

  #evict(): void {
    let node = this.#hand ?? this.#oldest
    while (node?.isMarked && !this.#options.isDead(node.entry)) {
      node.isMarked = false
      node = node.newer ?? this.#oldest
    }
    if (node === undefined) return
    this.#hand = node.newer
    this.#remove(node)
    this.#options.onEvict(node.entry)
  }

  #remove(node: Node<E>): void {
    if (this.#hand === node) this.#hand = node.newer
    if (node.newer === undefined) this.#newest = node.older
    else node.newer.older = node.older
    if (node.older === undefined) this.#oldest = node.newer
    else node.older.newer = node.newer
    this.#nodes.delete(node.entry.key)
    this.#bytes -= node.entry.bytes
  }
}
