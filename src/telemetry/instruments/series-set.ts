/**
 * SeriesSet: the series of one instrument, found by their label values, never more than a limit.
 *
 *   values ─▶ tree of maps, one level per label ─▶ series
 *                 └─ new? ─▶ room left? ──yes──▶ create it
 *                                └─no─▶ the one series whose labels all read `other`
 *
 * The limit is what keeps a careless label (a user's id, a raw path) from filling the memory of this process and of whoever
 * stores its metrics.
 */
import { invalidMetric } from '../metric-names.ts'

export interface SeriesSetOptions<S> {
  readonly metric: string
  readonly labelNames: readonly string[]
  readonly maxSeries: number
  readonly create: () => S
  /** Called each time that values had to share the overflow series. */
  readonly onOverflow: () => void
}

export interface LabelledSeries<S> {
  readonly labelValues: readonly string[]
  readonly series: S
}

interface Node<S> {
  readonly below: Map<string, Node<S>>
  entry?: LabelledSeries<S>
}

export const overflowLabel = 'other'
const maxLabelLength = 256

export class SeriesSet<S> {
  readonly #options: SeriesSetOptions<S>
  readonly #root: Node<S> = { below: new Map() }
  readonly #entries = new Set<LabelledSeries<S>>()

  constructor(options: SeriesSetOptions<S>) {
    this.#options = options
    // Without labels there is exactly one series, visible from the start.
    if (options.labelNames.length === 0) this.#add([])
  }

  get entries(): Iterable<LabelledSeries<S>> {
    return this.#entries
  }

  /** The series without labels. @throws ServiceError `INVALID_METRIC` if the instrument has labels. */
  get only(): S {
    if (this.#root.entry === undefined) {
      throw invalidMetric(this.#options.metric, `has the labels ${this.#names()}; name their values with labels({ … })`)
    }
    return this.#root.entry.series
  }

  /** @throws ServiceError `INVALID_METRIC` if a label has no value. */
  get(values: Readonly<Record<string, string>>): S {
    let node: Node<S> | undefined = this.#root
    for (const name of this.#options.labelNames) {
      node = node.below.get(values[name] as string)
      if (node === undefined) return this.#addOrShare(this.#cleanValues(values)).series
    }
    return node.entry?.series ?? this.#addOrShare(this.#cleanValues(values)).series
  }

  remove(values: Readonly<Record<string, string>>): void {
    const path = this.#cleanValues(values)
    const node = this.#find(path)
    if (node?.entry === undefined) return
    this.#entries.delete(node.entry)
    this.#forget(path)
  }

  #addOrShare(labelValues: readonly string[]): LabelledSeries<S> {
    const existing = this.#find(labelValues)?.entry
    if (existing !== undefined) return existing
    if (this.#entries.size < this.#options.maxSeries) return this.#add(labelValues)
    this.#options.onOverflow()
    const shared = this.#options.labelNames.map(() => overflowLabel)
    return this.#find(shared)?.entry ?? this.#add(shared)
  }

  #add(labelValues: readonly string[]): LabelledSeries<S> {
    let node = this.#root
    for (const value of labelValues) {
      const next: Node<S> = node.below.get(value) ?? { below: new Map() }
      node.below.set(value, next)
      node = next
    }
    const entry = { labelValues, series: this.#options.create() }
    node.entry = entry
    this.#entries.add(entry)
    return entry
  }

  #find(labelValues: readonly string[]): Node<S> | undefined {
    let node: Node<S> | undefined = this.#root
    for (const value of labelValues) node = node?.below.get(value)
    return node
  }

  /** Removes the nodes of a path that lead nowhere else. */
  #forget(labelValues: readonly string[]): void {
    for (let depth = labelValues.length; depth > 0; depth--) {
      const parent = this.#find(labelValues.slice(0, depth - 1))
      const last = labelValues[depth - 1] as string
      if (parent?.below.get(last)?.below.size === 0) parent.below.delete(last)
    }
  }

  /** Values in order, bounded, and well-formed so that they are the same after they were sent as UTF-8. */
  #cleanValues(values: Readonly<Record<string, string>>): readonly string[] {
    return this.#options.labelNames.map((name) => {
      const value: unknown = values[name]
      if (value === undefined)
        throw invalidMetric(this.#options.metric, `was asked for a series without a value for '${name}'`)
      return String(value).slice(0, maxLabelLength).toWellFormed()
    })
  }

  #names(): string {
    return this.#options.labelNames.map((name) => `'${name}'`).join(', ')
  }
}
