/**
 * RowValues: the values of a model's rows on their way to a database.
 *
 *   what was given ─▶ defaults, keys, the first version ─▶ parameters │ the row as it will be read
 */
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Model, NamedColumn } from '../model.ts'
import { asRead, toParameter } from './column-values.ts'
import { uuidV7 } from './uuid-v7.ts'

type Values = Readonly<Record<string, unknown>>

export class RowValues {
  readonly #table: string
  readonly #columns: readonly NamedColumn[]
  readonly keyNames: readonly string[]
  /** Names of the columns that the model has for it. */
  readonly generated: string | undefined
  readonly version: string | undefined
  readonly deleted: string | undefined

  constructor({ name, named, key }: Model) {
    this.#table = name
    this.#columns = named
    this.keyNames = key.map((column) => column.name)
    const filledBy = (filling: NamedColumn['filling']) => named.find((column) => column.filling === filling)?.name
    this.generated = filledBy('generated')
    this.version = filledBy('version')
    this.deleted = filledBy('deleted')
  }

  /** @throws ServiceError `BAD_ROWS` for a key that lacks a column. */
  keyOf(key: unknown): Record<string, unknown> {
    const [only] = this.keyNames
    const isWhole = typeof key === 'object' && key !== null && !(key instanceof Date) && !(key instanceof Uint8Array)
    const given = (isWhole || only === undefined ? key : { [only]: key }) as Values
    const missing = this.keyNames.filter((name) => given[name] === undefined || given[name] === null)
    if (missing.length > 0) throw badRow(`The key of ${this.#table} lacks ${missing.join(', ')}.`)
    return Object.fromEntries(
      this.#columns.filter(({ isKey }) => isKey).map((facts) => [facts.name, toParameter(given[facts.name], facts)]),
    )
  }

  /** What is written for a new row, and what will be read of it; without the key that the database counts, unless it is given. */
  fresh(given: object): { values: Record<string, unknown>; result: Record<string, unknown> } {
    this.#refuseUnknown(given)
    const values: Record<string, unknown> = {}
    const result: Record<string, unknown> = {}
    for (const facts of this.#columns) {
      const value = this.#initial(facts, (given as Values)[facts.name])
      if (value === undefined && facts.filling === 'generated') continue
      values[facts.name] = toParameter(value, facts)
      result[facts.name] = asRead(value, facts)
    }
    return { values, result }
  }

  /** Rows for one statement. @throws ServiceError `BAD_ROWS` if some have a key that the database would count, and some have none. */
  alike(rows: readonly object[]): Record<string, unknown>[] {
    return rows.map((row) => this.fresh(row).values)
  }

  /** Parameters of a change; without the key and the version. */
  changed(given: object): Record<string, unknown> {
    this.#refuseUnknown(given)
    const values: Record<string, unknown> = {}
    for (const facts of this.#columns) {
      const { name, isKey, filling, isTouched } = facts
      if (isKey || filling === 'version' || filling === 'deleted') continue
      const value =
        (given as Values)[name] ??
        ((given as Values)[name] === undefined && isTouched ? new Date() : (given as Values)[name])
      if (value !== undefined) values[name] = toParameter(value, facts)
    }
    return values
  }

  /** Columns that an upsert writes anew: what any of the rows gives, and what is touched. */
  replaced(rows: readonly object[], key: readonly string[]): string[] {
    const isGiven = (name: string): boolean => rows.some((row) => (row as Values)[name] !== undefined)
    return this.#columns
      .filter(({ name, isKey, isTouched }) => !isKey && !key.includes(name) && (isTouched === true || isGiven(name)))
      .map(({ name }) => name)
  }

  /** A key that SQLite counts is an `integer` there, which it reads as a number. */
  fromSqlite(row: Record<string, unknown>): Record<string, unknown> {
    const { generated } = this
    if (generated === undefined || typeof row[generated] !== 'number') return row
    return { ...row, [generated]: BigInt(row[generated]) }
  }

  #initial(facts: NamedColumn, given: unknown): unknown {
    if (given !== undefined) return given
    if (facts.filling === 'made') return uuidV7()
    if (facts.default !== undefined) return 'now' in facts.default ? new Date() : facts.default.constant
    return facts.filling === 'generated' ? undefined : null
  }

  /** A name that is mistyped would be lost without a word. */
  #refuseUnknown(given: object): void {
    const unknown = Object.keys(given).filter((name) => !this.#columns.some((column) => column.name === name))
    if (unknown.length === 0) return
    throw badRow(
      `${this.#table} has no column ${unknown.map((name) => `'${name.slice(0, 60)}'`).join(', ')}; it has ${this.#columns.map(({ name }) => name).join(', ')}.`,
    )
  }
}

function badRow(message: string): ServiceError {
  return new ServiceError('BAD_ROWS', message)
}
