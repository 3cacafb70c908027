/**
 * LogStore: what services say, numbered as it arrives.
 *
 *   add ─▶ recent (memory) ─ a thousand records, or ten seconds ─▶ block
 *     └─▶ listeners: the live tail
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { AttributeMap } from '../contract/attributes.ts'
import type { LogFilter, LogLevelName, LogQuery, LogRecordView } from '../contract/logs.ts'
import { type LogRow, levels } from '../otlp/log-records.ts'
import type { BlockFile } from './block-file.ts'
import { has, pairOf, valueText } from './trace-summary.ts'
import { Turns } from './turns.ts'

export interface LogStoreOptions {
  readonly blocks: BlockFile
  readonly clock: Clock
}

export interface LogPage {
  readonly records: readonly LogRecordView[]
  readonly next: string | null
}

const recordsPerBlock = 2_000
const maxRecent = 20_000
const writeAfterMs = 10_000
const searchBudgetMs = 1_500

export class LogStore {
  readonly #options: LogStoreOptions
  readonly #listeners = new Set<(records: readonly LogRecordView[]) => void>()
  /** Ascending by id; what is not in a block yet. */
  #recent: LogRecordView[] = []
  #oldestRecentMs = 0
  #lastId: number

  constructor(options: LogStoreOptions) {
    this.#options = options
    this.#lastId = options.blocks.highestRank ?? 0
  }

  get records(): number {
    return this.#recent.length + this.#options.blocks.items
  }

  get lastId(): number {
    return this.#lastId
  }

  add(rows: readonly LogRow[]): void {
    if (rows.length === 0) return
    if (this.#recent.length === 0) this.#oldestRecentMs = this.#options.clock.monotonic()
    const records = rows.map((row): LogRecordView => ({ id: ++this.#lastId, ...row }))
    for (const record of records) this.#recent.push(record)
    if (this.#recent.length > maxRecent) this.flush()
    for (const listener of this.#listeners) listener(records)
  }

  onAdded(listener: (records: readonly LogRecordView[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tick(): void {
    const isOld = this.#options.clock.monotonic() - this.#oldestRecentMs >= writeAfterMs
    if (this.#recent.length >= recordsPerBlock || (isOld && this.#recent.length > 0)) this.flush()
  }

  flush(): void {
    for (let from = 0; from < this.#recent.length; from += recordsPerBlock) {
      this.#write(this.#recent.slice(from, from + recordsPerBlock))
    }
    this.#recent = []
  }

  /** The latest first. A page may be short, with a `next`, when looking for more took too long. */
  async search(query: LogQuery): Promise<LogPage> {
    const { limit = 200, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = query
    const before = Number(query.cursor ?? Number.POSITIVE_INFINITY)
    const fits = filterFrom(query)
    const records: LogRecordView[] = []
    const take = (sorted: readonly LogRecordView[]): boolean => {
      for (let at = sorted.length - 1; at >= 0; at--) {
        const record = sorted[at]
        if (record === undefined || record.id >= before || record.atMs < fromMs || record.atMs > toMs) continue
        if (!fits(record)) continue
        if (records.length === limit) return true
        records.push(record)
      }
      return false
    }
    if (take(this.#recent)) return { records, next: String(records.at(-1)?.id ?? 0) }
    const turns = new Turns(this.#options.clock, searchBudgetMs)
    let opened = 0
    for (const head of this.#options.blocks.find({
      fromMs,
      toMs: query.toMs,
      orderBy: 'rank',
      terms: termsOf(query),
    })) {
      if (head.rank - head.items >= before) continue
      if (opened++ > 0 && !(await turns.next())) return { records, next: String(Math.min(before, head.rank + 1)) }
      if (take(this.#readBlock(head.id))) return { records, next: String(records.at(-1)?.id ?? 0) }
    }
    return { records, next: null }
  }

  /** What came after `id`, ascending: the last `max` of it that is still kept. */
  after(id: number, max: number): LogRecordView[] {
    const found: LogRecordView[] = this.#recent.filter((record) => record.id > id)
    for (const head of this.#options.blocks.find({ orderBy: 'rank', terms: [] })) {
      if (head.rank <= id || found.length >= max) break
      found.unshift(...this.#readBlock(head.id).filter((record) => record.id > id))
    }
    return found.slice(-max)
  }

  #readBlock(id: number): LogRecordView[] {
    return decodeLogs((this.#options.blocks.read(id) ?? [0, 0, []]) as LogBlock)
  }

  #write(records: readonly LogRecordView[]): void {
    const terms = new Set<string>()
    let fromMs = Number.POSITIVE_INFINITY
    let toMs = 0
    for (const record of records) {
      fromMs = Math.min(fromMs, record.atMs)
      toMs = Math.max(toMs, record.atMs)
      addTerms(terms, record)
    }
    const rank = records.at(-1)?.id ?? 0
    this.#options.blocks.add({ fromMs, toMs, rank, items: records.length, terms, rows: encodeLogs(records) })
  }
}

/** Whether a record fits, decided once for all records. */
export function filterFrom(filter: LogFilter): (record: LogRecordView) => boolean {
  const { service, level, text, traceId, spanId, attribute = [] } = filter
  const lowest = level === undefined ? 0 : levels.indexOf(level)
  const needle = text?.toLowerCase()
  const wanted = attribute.map(pairOf)
  return (record) =>
    (service === undefined || record.service === service) &&
    (lowest === 0 || levels.indexOf(record.level) >= lowest) &&
    (traceId === undefined || record.traceId === traceId) &&
    (spanId === undefined || record.spanId === spanId) &&
    wanted.every(([name, value]) => has(record.attributes, name, value)) &&
    (needle === undefined || holds(record, needle))
}

function holds({ message, attributes }: LogRecordView, needle: string): boolean {
  if (message.toLowerCase().includes(needle)) return true
  return Object.values(attributes).some((value) => valueText(value).toLowerCase().includes(needle))
}

function termsOf({ service, traceId, attribute = [], level }: LogQuery): string[] {
  return [
    ...(service === undefined ? [] : [`service=${service}`]),
    ...(traceId === undefined ? [] : [`trace=${traceId}`]),
    ...(level === 'warn' || level === 'error' || level === 'fatal' ? [`from=${level}`] : []),
    ...attribute,
  ]
}

/** A record counts for its own level and for those below, down to where nearly every block has one. */
function addTerms(terms: Set<string>, { service, traceId, attributes, level }: LogRecordView): void {
  terms.add(`service=${service}`)
  if (traceId !== null) terms.add(`trace=${traceId}`)
  for (let at = levels.indexOf('warn'); at <= levels.indexOf(level); at++) terms.add(`from=${levels[at]}`)
  for (const [name, value] of Object.entries(attributes)) terms.add(`${name}=${valueText(value)}`)
}

type LogBlock = readonly [firstId: number, baseMs: number, rows: readonly StoredLog[]]
type StoredLog = readonly [
  idStep: number,
  sinceMs: number,
  service: string,
  level: LogLevelName,
  message: string,
  attributes: AttributeMap,
  traceId: string | null,
  spanId: string | null,
  source: 'otlp' | 'output',
]

function encodeLogs(records: readonly LogRecordView[]): LogBlock {
  const firstId = records[0]?.id ?? 0
  const baseMs = Math.floor(records[0]?.atMs ?? 0)
  const rows = records.map(({ id, atMs, service, level, message, attributes, traceId, spanId, source }): StoredLog => {
    return [
      id - firstId,
      Math.round((atMs - baseMs) * 1_000),
      service,
      level,
      message,
      attributes,
      traceId,
      spanId,
      source,
    ]
  })
  return [firstId, baseMs, rows]
}

function decodeLogs([firstId, baseMs, rows]: LogBlock): LogRecordView[] {
  return rows.map(([idStep, sinceUs, service, level, message, attributes, traceId, spanId, source]) => {
    const atMs = baseMs + sinceUs / 1_000
    return { id: firstId + idStep, atMs, service, level, message, attributes, traceId, spanId, source }
  })
}
