/** OutputStore: the last lines of each service, numbered. */
import type { OutputLine } from '../contract/services.ts'

const maxLines = 1_000
const maxServices = 200

export class OutputStore {
  readonly #lines = new Map<string, OutputLine[]>()
  #lastId = 0

  add(service: string, line: Omit<OutputLine, 'id'>): void {
    let lines = this.#lines.get(service)
    if (lines === undefined) {
      if (this.#lines.size >= maxServices) return
      lines = []
      this.#lines.set(service, lines)
    }
    lines.push({ id: ++this.#lastId, ...line })
    if (lines.length > maxLines) lines.splice(0, lines.length - maxLines)
  }

  /** Ascending. */
  read(service: string, { limit = 200, before = Number.POSITIVE_INFINITY }: OutputRange): OutputLine[] {
    return (this.#lines.get(service) ?? []).filter(({ id }) => id < before).slice(-limit)
  }
}

export interface OutputRange {
  readonly limit?: number | undefined
  readonly before?: number | undefined
}
