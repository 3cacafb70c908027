/**
 * KeyedStates: one state for each key, for so many keys and no more. Keys come from callers: without a bound, whoever makes
 * them up fills the memory.
 *
 *   oldest ─ … ─ newest        a key that is used again becomes the newest; one too many drops the oldest that is idle
 */

export interface KeyedStatesOptions<S> {
  readonly maxKeys: number
  readonly create: (key: string) => S
  /** Whether nothing is lost with it. Among the oldest keys those go first. Default: every state is idle. */
  readonly isIdle?: (state: S) => boolean
}

/** How far from the oldest an idle one is looked for; then the oldest goes, whatever it is. */
const searched = 8

export class KeyedStates<S> {
  readonly #states = new Map<string, S>()
  readonly #maxKeys: number
  readonly #create: (key: string) => S
  readonly #isIdle: (state: S) => boolean
  #newestKey: string | undefined
  #newest: S | undefined

  constructor({ maxKeys, create, isIdle = () => true }: KeyedStatesOptions<S>) {
    this.#maxKeys = maxKeys
    this.#create = create
    this.#isIdle = isIdle
  }

  get size(): number {
    return this.#states.size
  }

  entries(): IterableIterator<[string, S]> {
    return this.#states.entries()
  }

  /** Without making or touching it. */
  peek(key: string): S | undefined {
    return this.#states.get(key)
  }

  get(key: string): S {
    // Most policies have one key, or meet the same one many times in a row.
    if (key === this.#newestKey && this.#newest !== undefined) return this.#newest
    const known = this.#states.get(key)
    const state = known ?? this.#create(key)
    if (known === undefined) this.#makeRoom()
    else this.#states.delete(key)
    this.#states.set(key, state)
    this.#newestKey = key
    this.#newest = state
    return state
  }

  #makeRoom(): void {
    if (this.#states.size < this.#maxKeys) return
    let left = searched
    let victim: string | undefined
    for (const [key, state] of this.#states) {
      victim ??= key
      if (left-- === 0) break
      if (!this.#isIdle(state)) continue
      victim = key
      break
    }
    if (victim !== undefined) this.#states.delete(victim)
  }
}
