/**
 * Model: a table, declared once; everything that is to agree with it derives from here.
 *
 *   defineModel(name, columns) ─▶ TablesOf ─▶ Kysely's types        ─▶ insertSchema() │ updateSchema() │ rowSchema() ─▶ routes, OpenAPI
 *                              └▶ repositoryOf(db, model) ─▶ rows   └▶ genever migrate draft ─▶ SQL, to be reviewed
 */
import type { Schema } from '../../schema/schema.ts'
import { badModel, type Column, type ColumnFacts } from './column.ts'
import { toWire } from './internal/column-values.ts'
import { modelSchema, type SchemaMember } from './internal/model-schema.ts'
import type { ChangeOf, ColumnSet, NewRowOf, RowOf, SentOf, TypedModel, WireRowOf } from './model-types.ts'

export interface ModelIndex<Names extends string = string> {
  readonly columns: readonly [Names, ...Names[]]
  readonly isUnique?: boolean
  /** Default made of the table and its columns. */
  readonly name?: string
}

export interface ModelOptions<Names extends string> {
  /** Of more than one column; for a single one, `unique()` and `indexed()` say it. */
  readonly indexes?: readonly ModelIndex<Names>[]
}

/** A column of a model, and what it is called there. */
export interface NamedColumn extends ColumnFacts {
  readonly name: string
}

/**
 * Names of table and columns are those of the database, as they are.
 *
 * @throws ServiceError `BAD_MODEL` for what no table can be: names that need quotes, no key, an index over a text without end.
 */
export function defineModel<const Name extends string, Columns extends ColumnSet>(
  name: Name,
  columns: Columns,
  options: ModelOptions<keyof Columns & string> = {},
): Model<Name, Columns> {
  return new Model(name, columns, options)
}

export class Model<Name extends string = string, Columns extends ColumnSet = ColumnSet>
  implements TypedModel<Name, Columns>
{
  readonly name: Name
  readonly columns: Columns
  readonly named: readonly NamedColumn[]
  /** Of single columns, too. */
  readonly indexes: readonly Required<ModelIndex>[]

  constructor(name: Name, columns: Columns, { indexes = [] }: ModelOptions<keyof Columns & string> = {}) {
    this.name = name
    this.columns = columns
    this.named = Object.entries(columns).map(([column, { facts }]) => ({ ...facts, name: column }))
    this.indexes = [...singleIndexes(this.named), ...indexes].map((index) => wholeIndex(name, index))
    this.#check()
  }

  get key(): readonly NamedColumn[] {
    return this.named.filter(({ isKey }) => isKey)
  }

  /** Of a new row: without what counts by itself, and without `omit`, which whoever sends it shall not set. */
  insertSchema<Omitted extends keyof NewRowOf<this> = never>(
    options: { readonly omit?: readonly Omitted[] } = {},
  ): Schema<SentOf<Omit<NewRowOf<this>, Omitted>>, Omit<NewRowOf<this>, Omitted>> {
    const given = this.named.filter(
      ({ filling }) => filling !== 'generated' && filling !== 'version' && filling !== 'deleted',
    )
    const isRequired = ({ isNullable, filling }: ColumnFacts): boolean => !isNullable && filling === 'given'
    return modelSchema(members(given, isRequired, options.omit))
  }

  /** Of a change: any of the columns but the key and, where the model has one, the version that was read. */
  updateSchema<Omitted extends keyof ChangeOf<this> = never>(
    options: { readonly omit?: readonly Omitted[] } = {},
  ): Schema<SentOf<Omit<ChangeOf<this>, Omitted>>, Omit<ChangeOf<this>, Omitted>> {
    const given = this.named.filter(({ filling, isKey }) => !isKey && filling !== 'generated' && filling !== 'deleted')
    return modelSchema(members(given, ({ filling }) => filling === 'version', options.omit))
  }

  /** Of a row in an answer: what `toJson` gives. */
  rowSchema<Omitted extends keyof RowOf<this> = never>(
    options: { readonly omit?: readonly Omitted[] } = {},
  ): Schema<Omit<WireRowOf<this>, Omitted>, Omit<RowOf<this>, Omitted>> {
    return modelSchema(members(this.named, () => true, options.omit))
  }

  /** A row as JSON can say it: 64-bit integers and bytes are texts. */
  toJson<Row extends Partial<RowOf<this>>>(row: Row): Pick<WireRowOf<this>, keyof Row & keyof WireRowOf<this>> {
    const known = this.named.filter(({ name }) => name in row)
    const values = row as Readonly<Record<string, unknown>>
    return Object.fromEntries(known.map((facts) => [facts.name, toWire(values[facts.name], facts)])) as never
  }

  #check(): void {
    for (const word of [this.name, ...this.named.map(({ name }) => name)]) checkName(word)
    if (this.key.length === 0) throw badModel(`${this.name}: no column is primaryKey(); rows could not be told apart.`)
    if (this.key.length > 1 && this.key.some(({ filling }) => filling === 'generated')) {
      throw badModel(`${this.name}: a key that the database counts, id(), stands alone.`)
    }
    for (const only of ['version', 'deleted'] as const) {
      const { length } = this.named.filter(({ filling }) => filling === only)
      if (length > 1) throw badModel(`${this.name}: expected at most one column that is ${only}, got ${length}.`)
    }
    const indexed = new Set([...this.key.map(({ name }) => name), ...this.indexes.flatMap(({ columns }) => columns)])
    for (const name of indexed) this.#checkIndexed(name)
  }

  /** MySQL indexes no text without a limit, and nobody should. */
  #checkIndexed(name: string): void {
    const found = this.named.find((each) => each.name === name)
    if (found === undefined) throw badModel(`${this.name}: an index is over ${name}, which is no column of it.`)
    const { kind, max } = found
    if (kind === 'json' || kind === 'bytes' || (kind === 'text' && max === undefined)) {
      throw badModel(
        `${this.name}.${name}: an index needs values of limited length; give text({ max }), or leave it out.`,
      )
    }
  }
}

function members(
  columns: readonly NamedColumn[],
  isRequired: (facts: ColumnFacts) => boolean,
  omit: readonly PropertyKey[] = [],
): SchemaMember[] {
  return columns
    .filter(({ name }) => !omit.includes(name))
    .map((facts) => ({ name: facts.name, facts, isRequired: isRequired(facts) }))
}

function singleIndexes(columns: readonly NamedColumn[]): ModelIndex[] {
  return columns
    .filter(({ isUnique, isIndexed }) => isUnique || isIndexed)
    .map(({ name, isUnique }) => ({ columns: [name], isUnique }))
}

function wholeIndex(table: string, { columns, isUnique = false, name }: ModelIndex): Required<ModelIndex> {
  return { columns, isUnique, name: name ?? `${table}_${columns.join('_')}_${isUnique ? 'key' : 'index'}`.slice(0, 60) }
}

/** They become part of statements, and are the same on each database. */
function checkName(name: string): void {
  if (/^[a-z_][a-z\d_]{0,59}$/i.test(name)) return
  throw badModel(
    `A table or column is called '${name.slice(0, 60)}'; expected letters, digits and _, 60 at most, the first no digit.`,
  )
}

/** Whether a value is a model, whatever its columns are. */
export function isModel(value: unknown): value is Model {
  return value instanceof Model
}

export type { Column }
