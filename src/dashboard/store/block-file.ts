/**
 * BlockFile: rows of one kind, thousands to a compressed block, in an embedded database.
 *
 *   rows ─▶ JSON ─▶ zstd ─▶ block { range of a key, filter of terms, body } ─▶ SQLite
 *                                      └─ too old, or too many bytes ─▶ the oldest go
 *
 * Compressed by the thousand, a span takes about fifty bytes on the disk instead of five hundred.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { SqlDatabase, SqlStatement } from '../../platform/sql.ts'
import { TermFilter } from './term-filter.ts'

export interface NewBlock {
  /** The block's place in time: the earliest and latest of its items. */
  readonly fromMs: number
  readonly toMs: number
  /** What else it may be ordered by: the longest duration, or the id of its last row. */
  readonly rank: number
  readonly items: number
  readonly terms: ReadonlySet<string>
  readonly rows: unknown
}

export interface BlockHead {
  readonly id: number
  readonly fromMs: number
  readonly toMs: number
  readonly rank: number
  readonly items: number
}

export interface BlockLimits {
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface BlockQuery {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Descending. */
  readonly orderBy: 'toMs' | 'rank'
  /** Only blocks that may hold all of them. */
  readonly terms: readonly string[]
}

/** Blocks beyond that are no use: they would be decompressed for one row. */
const maxBodyBytes = 64 * 1024 * 1024
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 6 } }

export class BlockFile {
  readonly #table: string
  readonly #sql: SqlDatabase
  readonly #limits: BlockLimits
  readonly #insert: SqlStatement
  readonly #body: SqlStatement<{ body: Uint8Array }>
  readonly #oldest: SqlStatement<{ id: number; bytes: number; items: number }>
  readonly #remove: SqlStatement
  #bytes: number
  #items: number

  constructor(sql: SqlDatabase, table: string, limits: BlockLimits) {
    this.#sql = sql
    this.#table = table
    this.#limits = limits
    sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (
      id INTEGER PRIMARY KEY, from_ms REAL NOT NULL, to_ms REAL NOT NULL, rank REAL NOT NULL, items INTEGER NOT NULL,
      bytes INTEGER NOT NULL, terms BLOB NOT NULL, body BLOB NOT NULL)`)
    this.#insert = sql.prepare(
      `INSERT INTO ${table} (from_ms, to_ms, rank, items, bytes, terms, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#body = sql.prepare(`SELECT body FROM ${table} WHERE id = ?`)
    this.#oldest = sql.prepare(`SELECT id, bytes, items FROM ${table} ORDER BY id LIMIT 1`)
    this.#remove = sql.prepare(`DELETE FROM ${table} WHERE id = ?`)
    const totals = sql
      .prepare<{ bytes: number; items: number }>(
        `SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(items), 0) AS items FROM ${table}`,
      )
      .get()
    this.#bytes = totals?.bytes ?? 0
    this.#items = totals?.items ?? 0
  }

  get bytes(): number {
    return this.#bytes
  }

  get items(): number {
    return this.#items
  }

  get oldestMs(): number | undefined {
    const row = this.#sql.prepare<{ at: number | null }>(`SELECT min(from_ms) AS at FROM ${this.#table}`).get()
    return row?.at ?? undefined
  }

  get highestRank(): number | undefined {
    const row = this.#sql.prepare<{ rank: number | null }>(`SELECT max(rank) AS rank FROM ${this.#table}`).get()
    return row?.rank ?? undefined
  }

  add({ fromMs, toMs, rank, items, terms, rows }: NewBlock): void {
    const body = zstdCompressSync(Buffer.from(JSON.stringify(rows)), compression)
    const filter = TermFilter.of(terms).bytes
    const bytes = body.length + filter.length
    this.#insert.run([fromMs, toMs, rank, items, bytes, filter, body])
    this.#bytes += bytes
    this.#items += items
    while (this.#bytes > this.#limits.maxBytes && this.#removeOldest()) {}
  }

  /** Removes what is older than allowed. */
  forgetBefore(nowMs: number): void {
    const beforeMs = nowMs - this.#limits.maxAgeMs
    const old = this.#sql
      .prepare<{ id: number; bytes: number; items: number }>(
        `SELECT id, bytes, items FROM ${this.#table} WHERE to_ms < ? LIMIT 100`,
      )
      .all([beforeMs])
    for (const block of old) this.#forget(block)
  }

  /** Heads of the blocks that may hold what is asked, without opening them. */
  *find({ fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, orderBy, terms }: BlockQuery): Generator<BlockHead> {
    const column = orderBy === 'rank' ? 'rank' : 'to_ms'
    // The ids first: blocks may be added and removed while the caller takes its time between two of them.
    const heads = this.#sql
      .prepare<{ id: number; from_ms: number; to_ms: number; rank: number; items: number }>(
        `SELECT id, from_ms, to_ms, rank, items FROM ${this.#table} WHERE to_ms >= ? AND from_ms <= ? ORDER BY ${column} DESC, id DESC`,
      )
      .all([fromMs, toMs])
    const filterOf = this.#sql.prepare<{ terms: Uint8Array }>(`SELECT terms FROM ${this.#table} WHERE id = ?`)
    for (const { id, from_ms, to_ms, rank, items } of heads) {
      if (terms.length > 0) {
        const found = filterOf.get([id])
        if (found === undefined) continue
        const filter = new TermFilter(found.terms)
        if (!terms.every((term) => filter.mayHold(term))) continue
      }
      yield { id, fromMs: from_ms, toMs: to_ms, rank, items }
    }
  }

  /** The rows of a block as they were given; undefined if it was removed meanwhile. */
  read(id: number): unknown {
    const found = this.#body.get([id])
    if (found === undefined) return undefined
    return JSON.parse(zstdDecompressSync(found.body, { maxOutputLength: maxBodyBytes }).toString())
  }

  #removeOldest(): boolean {
    const oldest = this.#oldest.get()
    if (oldest === undefined) return false
    this.#forget(oldest)
    return true
  }

  #forget({ id, bytes, items }: { id: number; bytes: number; items: number }): void {
    this.#remove.run([id])
    this.#bytes -= bytes
    this.#items -= items
  }
}
