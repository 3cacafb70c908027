/**
 * Column: one column of a model, as a value that says everything of it.
 *
 *   column.text({ max: 40 }).unique() ─▶ its type in TypeScript │ in each database │ on the wire, with its limits
 *
 * A column is never changed: each word gives a new one.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Schema } from '../../schema/schema.ts'

export type ColumnKind =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'number'
  | 'boolean'
  | 'moment'
  | 'day'
  | 'json'
  | 'bytes'
  | 'uuid'

/** Where a value comes from that a new row does not give. */
export type Filling =
  /** Nowhere: it must be given, or is null. */
  | 'given'
  /** The column's default. */
  | 'default'
  /** The repository makes one; the database does not. */
  | 'made'
  /** The database counts. */
  | 'generated'
  /** Counts the changes of the row. */
  | 'version'
  /** The moment of a soft delete. */
  | 'deleted'

export interface ColumnFacts {
  readonly kind: ColumnKind
  readonly isNullable: boolean
  readonly filling: Filling
  readonly isKey: boolean
  readonly isUnique: boolean
  readonly isIndexed: boolean
  /** A constant, or the moment of the insert. */
  readonly default?: ColumnDefault
  /** Set to the moment of each change. */
  readonly isTouched?: boolean
  readonly references?: ColumnReference
  /** Characters of a text; least and greatest of a number. */
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
  readonly options?: readonly string[]
  /** Digits of a decimal, and how many of them stand behind the point. */
  readonly precision?: number
  readonly scale?: number
  /** Of a document. */
  readonly schema?: Schema
}

export type ColumnDefault = { readonly constant: unknown } | { readonly now: true }

export interface ColumnReference {
  readonly table: string
  readonly column: string
  readonly onDelete?: 'cascade' | 'restrict' | 'set null'
}

/** For types alone. */
export interface ColumnTypes<Value, IsNullable extends boolean, Fill extends Filling, IsKey extends boolean> {
  readonly value: Value
  readonly isNullable: IsNullable
  readonly filling: Fill
  readonly isKey: IsKey
}

export class Column<
  Value = unknown,
  IsNullable extends boolean = boolean,
  Fill extends Filling = Filling,
  IsKey extends boolean = boolean,
> {
  /** Never there: what the compiler knows of the column. */
  declare readonly '~types': ColumnTypes<Value, IsNullable, Fill, IsKey>
  readonly facts: ColumnFacts

  constructor(facts: ColumnFacts) {
    this.facts = facts
  }

  nullable(): Column<Value, true, Fill, IsKey> {
    return this.#with({ isNullable: true })
  }

  /** Of several such columns the key has all, in the order of the model. */
  primaryKey(): Column<Value, IsNullable, Fill, true> {
    return this.#with({ isKey: true })
  }

  unique(): Column<Value, IsNullable, Fill, IsKey> {
    return this.#with({ isUnique: true })
  }

  /** For columns that rows are looked up or ordered by; of several columns, see the model's `indexes`. */
  indexed(): Column<Value, IsNullable, Fill, IsKey> {
    return this.#with({ isIndexed: true })
  }

  default(constant: Value): Column<Value, IsNullable, 'default', IsKey> {
    return this.#with({ filling: 'default', default: { constant } })
  }

  /** The moment of the insert. Of moments only. */
  defaultNow(): Column<Value, IsNullable, 'default', IsKey> {
    this.#require('moment', 'defaultNow()')
    return this.#with({ filling: 'default', default: { now: true } })
  }

  /** The moment of the last change that the repository made; of the insert, at first. Of moments only. */
  touched(): Column<Value, IsNullable, 'default', IsKey> {
    this.#require('moment', 'touched()')
    return this.#with({ filling: 'default', default: { now: true }, isTouched: true })
  }

  references(
    table: string,
    name: string,
    { onDelete }: Pick<ColumnReference, 'onDelete'> = {},
  ): Column<Value, IsNullable, Fill, IsKey> {
    return this.#with({ references: { table, column: name, ...(onDelete && { onDelete }) } })
  }

  #with<N extends boolean, F extends Filling, K extends boolean>(more: Partial<ColumnFacts>): Column<Value, N, F, K> {
    return new Column({ ...this.facts, ...more })
  }

  #require(kind: ColumnKind, word: string): void {
    if (this.facts.kind !== kind)
      throw badModel(`${word} is for columns of kind ${kind}; this one is ${this.facts.kind}.`)
  }
}

export type Given<Value> = Column<Value, false, 'given', false>

export interface TextLimits {
  /** Characters at most: a `varchar` of so many. Without, as many as the database takes, and no index. */
  readonly max?: number
  /** Characters at least. */
  readonly min?: number
  /** Checked by schemas, not by the database. */
  readonly pattern?: RegExp
}

export interface NumberLimits {
  readonly min?: number
  readonly max?: number
}

export interface ColumnMakers {
  text(limits?: TextLimits): Given<string>
  /** One of these texts. Schemas check it; the database does not, so that one more needs no migration. */
  oneOf<const Options extends readonly string[]>(options: Options): Given<Options[number]>
  /** 32 bits. */
  integer(limits?: NumberLimits): Given<number>
  /** 64 bits, as a bigint everywhere; a text on the wire, which is exact for every reader. */
  bigint(): Given<bigint>
  /** The key of a row: 64 bits that the database counts. */
  id(): Column<bigint, false, 'generated', true>
  /** The key of a row, made by the repository: version 7, so that younger rows come later. */
  uuidKey(): Column<string, false, 'made', true>
  uuid(): Given<string>
  /** Exact; a text everywhere, with `scale` digits behind the point. */
  decimal(precision: number, scale: number): Given<string>
  /** Binary, with rounding. */
  number(limits?: NumberLimits): Given<number>
  boolean(): Given<boolean>
  /** A point in time, to the millisecond; ISO 8601 on the wire. */
  moment(): Given<Date>
  /** Such as `2026-11-28`. */
  day(): Given<string>
  /** A value of JSON, checked by a schema. */
  json<S extends Schema>(schema: S): Given<NonNullable<S['~standard']['types']>['output']>
  /** A value of JSON that nobody checks. */
  json<Value = unknown>(): Given<Value>
  /** Base64 on the wire. */
  bytes(): Given<Uint8Array>
  /** How often the row was changed, from 1: a change must say which state it was made from. */
  version(): Column<number, false, 'version', false>
  /** When the row was deleted. With it, `delete()` only marks a row, and nobody sees it who does not ask for it. */
  deletedAt(): Column<Date, true, 'deleted', false>
}

const plain = { isNullable: false, filling: 'given', isKey: false, isUnique: false, isIndexed: false } as const

export const column: ColumnMakers = {
  text: (limits) => given('text', limits),
  oneOf: (options) => given('text', { options, max: Math.max(40, ...options.map((option) => option.length)) }),
  integer: (limits) => given('integer', limits),
  bigint: () => given('bigint'),
  id: () => new Column({ ...plain, kind: 'bigint', filling: 'generated', isKey: true }),
  uuidKey: () => new Column({ ...plain, kind: 'uuid', filling: 'made', isKey: true }),
  uuid: () => given('uuid'),
  decimal: (precision, scale) => given('decimal', decimalDigits(precision, scale)),
  number: (limits) => given('number', limits),
  boolean: () => given('boolean'),
  moment: () => given('moment'),
  day: () => given('day'),
  json: <Value>(schema?: Schema) => given<Value>('json', schema && { schema }),
  bytes: () => given('bytes'),
  version: () => new Column({ ...plain, kind: 'integer', filling: 'version', default: { constant: 1 } }),
  deletedAt: () => new Column({ ...plain, kind: 'moment', filling: 'deleted', isNullable: true }),
}

function given<Value>(kind: ColumnKind, more: Partial<ColumnFacts> = {}): Given<Value> {
  return new Column({ ...plain, kind, ...more })
}

/** What all three databases can do. */
function decimalDigits(precision: number, scale: number): Pick<ColumnFacts, 'precision' | 'scale'> {
  const fits = Number.isInteger(precision) && Number.isInteger(scale) && scale >= 0 && scale <= 30
  if (fits && precision >= Math.max(1, scale) && precision <= 65) return { precision, scale }
  throw badModel(
    `decimal(${precision}, ${scale}): expected 1 to 65 digits, of which 0 to 30, and no more than all of them, stand behind the point.`,
  )
}

export function badModel(message: string): ServiceError {
  return new ServiceError('BAD_MODEL', message)
}
