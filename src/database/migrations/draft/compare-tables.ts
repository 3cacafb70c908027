/**
 * compareTables: what would have to change in a database so that its tables are what models say.
 *
 *   model, table ─▶ not there ─▶ create │ a column more ─▶ add │ wider ─▶ alter            done when the draft is applied
 *                └▶ a column less, another type, a rule that rows may break, a likely rename ─▶ with a reason: left to a person
 */
import type { DialectName } from '../../dialect.ts'
import type { Model, NamedColumn } from '../../models/model.ts'
import { comparableDefault, isWider, sameType } from './column-types.ts'
import type { ColumnShape, TableShape } from './table-shape.ts'
import { TableWords } from './table-words.ts'

export interface DraftChange {
  /** One line, for people. */
  readonly about: string
  readonly up: readonly string[]
  readonly down: readonly string[]
  /** Why it is not done by itself: it is written as a comment. */
  readonly reason?: string
}

export interface Comparison {
  readonly models: readonly Model[]
  readonly tables: readonly TableShape[]
  readonly dialect: DialectName
}

export function compareTables({ models, tables, dialect }: Comparison): DraftChange[] {
  const known = new Map(tables.map((table) => [table.name, table]))
  const unclaimed = tables.filter(({ name }) => !models.some((model) => model.name === name))
  const words = new TableWords(dialect)
  return inOrder(models).flatMap((model) => {
    const table = known.get(model.name)
    if (table === undefined) return [created(model, unclaimed, words)]
    return new TableComparison({ model, table, dialect, words }).changes()
  })
}

/** Those that are referred to come first. */
function inOrder(models: readonly Model[]): Model[] {
  const ordered = new Set<Model>()
  const visit = (model: Model, above: readonly Model[]): void => {
    if (ordered.has(model) || above.includes(model)) return
    for (const { references } of model.named) {
      const target = models.find(({ name }) => name === references?.table)
      if (target !== undefined) visit(target, [...above, model])
    }
    ordered.add(model)
  }
  for (const model of models) visit(model, [])
  return [...ordered]
}

function created(model: Model, unclaimed: readonly TableShape[], words: TableWords): DraftChange {
  const names = model.named.map(({ name }) => name).sort()
  const twin = unclaimed.find(
    ({ columns }) =>
      columns
        .map(({ name }) => name)
        .sort()
        .join() === names.join(),
  )
  return {
    about: `table ${model.name} is not there`,
    up: [words.table(model), ...model.indexes.map((index) => words.index(model.name, index))],
    down: [`drop table ${words.name(model.name)}`],
    ...(twin && {
      reason: `table ${twin.name} has the same columns. If it was renamed: ${words.alter(twin.name, `rename to ${words.name(model.name)}`)}`,
    }),
  }
}

interface ComparisonParts {
  readonly model: Model
  readonly table: TableShape
  readonly dialect: DialectName
  readonly words: TableWords
}

class TableComparison {
  readonly #model: Model
  readonly #table: TableShape
  readonly #dialect: DialectName
  readonly #words: TableWords
  readonly #added: readonly NamedColumn[]
  readonly #surplus: readonly ColumnShape[]

  constructor({ model, table, dialect, words }: ComparisonParts) {
    this.#model = model
    this.#table = table
    this.#dialect = dialect
    this.#words = words
    this.#added = model.named.filter(({ name }) => !table.columns.some((column) => column.name === name))
    this.#surplus = table.columns.filter(({ name }) => !model.named.some((column) => column.name === name))
  }

  changes(): DraftChange[] {
    return [
      ...this.#added.map((column) => this.#add(column)),
      ...this.#model.named.flatMap((column) => {
        const shape = this.#table.columns.find(({ name }) => name === column.name)
        return shape === undefined ? [] : this.#alter(column, shape)
      }),
      ...this.#surplus.map((shape) => this.#drop(shape)),
      ...this.#key(),
      ...this.#indexes(),
      ...this.#references(),
    ]
  }

  #add(column: NamedColumn): DraftChange {
    const add = this.#words.alter(this.#model.name, `add column ${this.#words.column(column)}`)
    const down = [this.#words.alter(this.#model.name, `drop column ${this.#words.name(column.name)}`)]
    const about = `column ${this.#named(column)} is not there`
    const before = this.#renamedFrom(column)
    if (before !== undefined) {
      const rename = `rename column ${this.#words.name(before.name)} to ${this.#words.name(column.name)}`
      const reason = `${before.name}, of the same type, is in the database alone: was it renamed? Then: ${this.#words.alter(this.#model.name, rename)}`
      return { about, up: [add], down, reason }
    }
    const reason = this.#cannotAdd(column)
    if (reason === undefined) return { about, up: [add], down }
    return { about, up: this.#addInSteps(column), down, reason }
  }

  #cannotAdd({ isNullable, default: given, filling, references }: NamedColumn): string | undefined {
    if (filling === 'generated')
      return 'a key that the database counts is not added to a table that is there: make a new table and copy the rows'
    const isSqlite = this.#dialect === 'sqlite'
    if (!isNullable && given === undefined)
      return 'rows that are there have no value for it: give it a default, or fill it in between'
    if (isSqlite && given !== undefined && 'now' in given)
      return 'SQLite adds no column whose default is not a constant: make a new table and copy the rows'
    if (isSqlite && references !== undefined && !isNullable)
      return 'SQLite adds no column that refers to another table and has a default: make a new table and copy the rows'
    return undefined
  }

  #addInSteps(column: NamedColumn): string[] {
    const { name } = this.#model
    if (this.#dialect === 'sqlite' || column.filling === 'generated') return []
    return [
      this.#words.alter(name, `add column ${this.#words.column(column, { isNullable: true })}`),
      `update ${this.#words.name(name)} set ${this.#words.name(column.name)} = …`,
      this.#words.modify(name, column, 'not null'),
    ]
  }

  /** The only one in the database alone that could have become it. */
  #renamedFrom(column: NamedColumn): ColumnShape | undefined {
    const wanted = this.#words.type(column)
    return this.#surplus.find(({ type }) => sameType(this.#dialect, wanted, type))
  }

  #drop({ name, type }: ColumnShape): DraftChange {
    return {
      about: `column ${this.#model.name}.${name} is in the database alone`,
      up: [this.#words.alter(this.#model.name, `drop column ${this.#words.name(name)}`)],
      down: [this.#words.alter(this.#model.name, `add column ${this.#words.name(name)} ${type}`)],
      reason: 'it would delete what stands there',
    }
  }

  #alter(column: NamedColumn, shape: ColumnShape): DraftChange[] {
    return [this.#type(column, shape), this.#nullable(column, shape), this.#default(column, shape)].filter(
      (change) => change !== undefined,
    )
  }

  #type(column: NamedColumn, { type }: ColumnShape): DraftChange | undefined {
    const wanted = this.#words.type(column)
    if (sameType(this.#dialect, type, wanted)) return undefined
    const about = `column ${this.#named(column)} is ${type}, declared ${wanted}`
    const back = this.#words.modify(this.#model.name, column, 'type').replaceAll(wanted, type)
    if (this.#dialect === 'sqlite') return { about, up: [], down: [], reason: rebuild }
    const up = [this.#words.modify(this.#model.name, column, 'type')]
    if (isWider(this.#dialect, type, wanted)) return { about, up, down: [back] }
    return { about, up, down: [back], reason: 'values that are there may not fit, or be cut' }
  }

  #nullable(column: NamedColumn, { isNullable }: ColumnShape): DraftChange | undefined {
    if (column.isKey || isNullable === column.isNullable) return undefined
    const about = `column ${this.#named(column)} may ${isNullable ? '' : 'not '}be null, declared ${column.isNullable ? 'nullable' : 'not null'}`
    if (this.#dialect === 'sqlite') return { about, up: [], down: [], reason: rebuild }
    const { name } = this.#model
    const change = (to: boolean): string =>
      this.#words.modify(name, { ...column, isNullable: to }, to ? 'nullable' : 'not null')
    const steps = { about, up: [change(column.isNullable)], down: [change(!column.isNullable)] }
    return column.isNullable ? steps : { ...steps, reason: 'rows that are there may have null: fill them first' }
  }

  #default(column: NamedColumn, shape: ColumnShape): DraftChange | undefined {
    if (column.filling === 'generated') return undefined
    const wanted = this.#words.default(column)
    const [is, shall] = [comparableDefault(shape.default), comparableDefault(wanted)]
    if (is === shall || (column.kind === 'boolean' && asFlag(is) === asFlag(shall))) return undefined
    const about = `column ${this.#named(column)} has the default ${shape.default ?? 'none'}, declared ${wanted ?? 'none'}`
    if (this.#dialect === 'sqlite') return { about, up: [], down: [], reason: rebuild }
    const name = this.#words.name(column.name)
    const back = shape.default === undefined ? 'drop default' : `set default ${shape.default}`
    return {
      about,
      up: [this.#words.modify(this.#model.name, column, 'default')],
      down: [this.#words.alter(this.#model.name, `alter column ${name} ${back}`)],
    }
  }

  #key(): DraftChange[] {
    const wanted = this.#model.key.map(({ name }) => name)
    if (wanted.join() === this.#table.key.join()) return []
    const about = `the key of ${this.#model.name} is (${this.#table.key.join(', ')}), declared (${wanted.join(', ')})`
    return [{ about, up: [], down: [], reason: 'another key is another table: make it, and copy the rows' }]
  }

  #indexes(): DraftChange[] {
    const { name, indexes } = this.#model
    const isThere = (columns: readonly string[], isUnique: boolean): boolean =>
      this.#table.indexes.some((index) => index.isUnique === isUnique && index.columns.join() === columns.join())
    return indexes
      .filter(({ columns, isUnique }) => !isThere(columns, isUnique))
      .map((index) => ({
        about: `${index.isUnique ? 'unique index' : 'index'} over ${name} (${index.columns.join(', ')}) is not there`,
        up: [this.#words.index(name, index)],
        down: [this.#words.dropIndex(name, index.name)],
        ...(index.isUnique && {
          reason: `rows that are there may break it: look for those of one ${index.columns.join(' and ')}`,
        }),
      }))
  }

  #references(): DraftChange[] {
    const missing = this.#model.named.filter(
      ({ name, references }) =>
        references !== undefined &&
        !this.#table.references.some(({ column, table }) => column === name && table === references.table),
    )
    return missing.map((column) => ({
      about: `reference of ${this.#named(column)} to ${column.references?.table} is not there`,
      up:
        this.#dialect === 'sqlite' ? [] : [this.#words.alter(this.#model.name, `add ${this.#words.reference(column)}`)],
      down: [],
      reason: this.#dialect === 'sqlite' ? rebuild : 'rows that are there may refer to none',
    }))
  }

  #named({ name }: { readonly name: string }): string {
    return `${this.#model.name}.${name}`
  }
}

const rebuild = 'SQLite changes no column that is there: make a new table, copy the rows, drop the old one and rename'

function asFlag(text: string | undefined): string | undefined {
  return text === 'true' ? '1' : text === 'false' ? '0' : text
}
