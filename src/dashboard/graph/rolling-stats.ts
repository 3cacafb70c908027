/** RollingStats: call statistics by key over the last half hour, in slots of ten seconds. */
import { CallStats } from './call-stats.ts'

export const slotMs: number = 10_000
export const keptMs: number = 30 * 60_000
/** Beyond that, new keys are left out: names that someone made of ids must not fill the memory. */
const maxKeys = 1_000

interface Entry<Meta> {
  readonly meta: Meta
  readonly slots: Map<number, CallStats>
}

export interface Call {
  readonly atMs: number
  readonly durationMs: number
  readonly isError: boolean
}

export class RollingStats<Meta> {
  readonly #entries = new Map<string, Entry<Meta>>()

  add(key: string, call: Call, metaOf: () => Meta): Meta | undefined {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      if (this.#entries.size >= maxKeys) return undefined
      entry = { meta: metaOf(), slots: new Map() }
      this.#entries.set(key, entry)
    }
    const slot = Math.floor(call.atMs / slotMs)
    let stats = entry.slots.get(slot)
    if (stats === undefined) {
      stats = new CallStats()
      entry.slots.set(slot, stats)
    }
    stats.add(call.durationMs, call.isError)
    return entry.meta
  }

  /** Everything that happened since `fromMs`, put together by key. */
  since(fromMs: number): { readonly meta: Meta; readonly stats: CallStats }[] {
    const from = Math.floor(fromMs / slotMs)
    return [...this.#entries.values()].flatMap(({ meta, slots }) => {
      const stats = new CallStats()
      for (const [slot, part] of slots) if (slot >= from) stats.include(part)
      return stats.calls === 0 ? [] : [{ meta, stats }]
    })
  }

  /** One value for each step, for those whose meta fits. */
  steps(isWanted: (meta: Meta) => boolean, { fromMs, stepMs, count }: StepOptions): CallStats[] {
    const steps = Array.from({ length: count }, () => new CallStats())
    for (const { meta, slots } of this.#entries.values()) {
      if (!isWanted(meta)) continue
      for (const [slot, part] of slots) steps[Math.floor((slot * slotMs - fromMs) / stepMs)]?.include(part)
    }
    return steps
  }

  forgetBefore(nowMs: number): void {
    const from = Math.floor((nowMs - keptMs) / slotMs)
    for (const [key, { slots }] of this.#entries) {
      for (const slot of slots.keys()) if (slot < from) slots.delete(slot)
      if (slots.size === 0) this.#entries.delete(key)
    }
  }
}

export interface StepOptions {
  readonly fromMs: number
  readonly stepMs: number
  readonly count: number
}
