/**
 * Repository: the rows of a model: found, listed, inserted, changed, deleted and brought back.
 *
 *   repositoryOf(db, Model) ─▶ find │ get │ page │ select ─▶ rows that are not deleted
 *                           ├▶ insert │ insertMany │ upsert ─▶ defaults and keys filled in ─▶ rows
 *                           └▶ update (by version) │ delete ─▶ marked, or gone │ restore │ erase
 *
 * Every call takes part in the transaction of the context, as queries do.
 */
import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { DialectName } from '../dialect.ts'
import { insertMany, type WritableDatabase } from '../insert-many.ts'
import { type Page, type PageColumn, type PageOptions, readPage } from '../read-page.ts'
import { restoreDeleted, softDelete } from '../soft-delete.ts'
import { updateVersioned } from '../update-versioned.ts'
import { upsert } from '../upsert.ts'
import { RowValues } from './internal/row-values.ts'
import type { Model } from './model.ts'
import type { ChangeOf, KeyOf, NewRowOf, RowOf, TablesOf, TypedModel } from './model-types.ts'

export type ModelQuery<M extends TypedModel> = SelectQueryBuilder<TablesOf<M>, M['name'], RowOf<M>>

export interface ModelPageOptions<M extends TypedModel> extends Omit<PageOptions<RowOf<M>>, 'by'> {
  /** Default the key. The key is added where it is missing, so that the order is a whole one. */
  readonly by?: readonly PageColumn<RowOf<M>>[]
  /** Which rows: `(query) => query.where('owner', '=', 'ann')`. */
  readonly where?: (query: ModelQuery<M>) => ModelQuery<M>
}

export interface ModelUpsertOptions<M extends TypedModel> {
  /** The columns of a unique index; default the key. */
  readonly key?: readonly (keyof RowOf<M> & string)[]
  /** Columns that a row which is there gets anew; default all that were given. */
  readonly set?: readonly (keyof RowOf<M> & string)[]
}

/** A database whose tables include the model's. */
export interface RepositoryDatabase extends WritableDatabase {
  readonly dialect: DialectName
}

export function repositoryOf<M extends Model>(database: RepositoryDatabase, model: M): Repository<M> {
  return new Repository({ database, model })
}

interface RepositoryParts<M extends Model> {
  readonly database: RepositoryDatabase
  readonly model: M
  readonly showsDeleted?: boolean
}

type Values = Readonly<Record<string, unknown>>
type Row = Record<string, unknown>

/** Kysely without the names of tables and columns: the types of the model stand around it. */
type UntypedKysely = Kysely<Record<string, Row>>
type UntypedQuery = SelectQueryBuilder<Record<string, Row>, string, Row>

export class Repository<M extends Model> {
  readonly #db: RepositoryDatabase
  readonly #model: M
  readonly #rows: RowValues
  readonly #showsDeleted: boolean

  constructor({ database, model, showsDeleted = false }: RepositoryParts<M>) {
    this.#db = database
    this.#model = model
    this.#rows = new RowValues(model)
    this.#showsDeleted = showsDeleted
  }

  /** The same rows, and those that are deleted. */
  get withDeleted(): Repository<M> {
    return new Repository({ database: this.#db, model: this.#model, showsDeleted: true })
  }

  /** A query of Kysely over the rows that are not deleted, to be narrowed and run. */
  select(): ModelQuery<M> {
    return this.#select() as unknown as ModelQuery<M>
  }

  async find(key: KeyOf<M>): Promise<RowOf<M> | undefined> {
    let query = this.#select()
    for (const [name, value] of Object.entries(this.#rows.keyOf(key))) query = query.where(name, '=', value)
    const row = await query.executeTakeFirst()
    return row && this.#read(row)
  }

  /** @throws ServiceError `ROW_NOT_FOUND` (404) */
  async get(key: KeyOf<M>): Promise<RowOf<M>> {
    const row = await this.find(key)
    if (row === undefined) throw this.#notFound()
    return row
  }

  /** @throws ServiceError `BAD_CURSOR` (400), `BAD_PAGE`, as `readPage`. */
  async page({ by = [], where, ...options }: ModelPageOptions<M> = {}): Promise<Page<RowOf<M>>> {
    const query = where === undefined ? this.#select() : (where(this.select()) as unknown as UntypedQuery)
    const ordered = by as readonly PageColumn<Row>[]
    const missing = this.#rows.keyNames.filter((name) => !ordered.some(({ column }) => column === name))
    // The last direction goes on, so that one index serves the whole order.
    const direction = ordered.at(-1)?.direction ?? 'asc'
    const page = await readPage(query, {
      ...options,
      by: [...ordered, ...missing.map((column) => ({ column, direction }))],
    })
    return { ...page, rows: page.rows.map((row) => this.#read(row)) }
  }

  /** Gives the row as it stands in the database. @throws ServiceError `SQL_CONSTRAINT` */
  async insert(row: NewRowOf<M>): Promise<RowOf<M>> {
    const { values, result } = this.#rows.fresh(row)
    const { generated } = this.#rows
    const query = this.#kysely.insertInto(this.#model.name).values(values)
    if (generated === undefined || generated in values) {
      await query.execute()
      return result as RowOf<M>
    }
    if (this.#db.dialect === 'mysql') {
      const { insertId } = await query.executeTakeFirstOrThrow()
      return { ...result, [generated]: insertId } as RowOf<M>
    }
    const { [generated]: id } = await query.returning(generated).executeTakeFirstOrThrow()
    return { ...result, [generated]: BigInt(id as bigint | number) } as RowOf<M>
  }

  /** All or none. Gives how many there were. */
  async insertMany(rows: readonly NewRowOf<M>[]): Promise<number> {
    return await insertMany(this.#db, this.#model.name, this.#rows.alike(rows))
  }

  /** Inserts what is not there; what is there gets the columns that were given, and its next version. */
  async upsert(row: NewRowOf<M> | readonly NewRowOf<M>[], { key, set }: ModelUpsertOptions<M> = {}): Promise<void> {
    const rows = (Array.isArray(row) ? row : [row]) as readonly Values[]
    const by: readonly string[] = key ?? this.#rows.keyNames
    const { version } = this.#rows
    await upsert(this.#db, this.#model.name, {
      rows: this.#rows.alike(rows),
      key: by,
      set: set ?? this.#rows.replaced(rows, by),
      ...(version !== undefined && { versionColumn: version }),
    })
  }

  /**
   * Changes what is given. A model with a version wants the one that was read, and refuses a row that changed since.
   *
   * @throws ServiceError `VERSION_CONFLICT` (409), or without a version `ROW_NOT_FOUND` (404).
   */
  async update(key: KeyOf<M>, change: ChangeOf<M>): Promise<void> {
    const named = this.#rows.keyOf(key)
    const { version, deleted } = this.#rows
    const set = this.#rows.changed(change)
    if (version === undefined) return await this.#updateAny(named, set)
    await updateVersioned(this.#db, this.#model.name, {
      key: named,
      version: (change as Values)[version] as number,
      set,
      versionColumn: version,
      ...(deleted !== undefined && !this.#showsDeleted && { deletedColumn: deleted }),
    })
  }

  /** Marks the row where the model has `deletedAt()`, else removes it. False if it is not there. */
  async delete(key: KeyOf<M>): Promise<boolean> {
    const { deleted } = this.#rows
    if (deleted === undefined) return await this.erase(key)
    return await softDelete(this.#db, this.#model.name, { key: this.#rows.keyOf(key), column: deleted })
  }

  /** Brings a row back that was marked. False if none is. */
  async restore(key: KeyOf<M>): Promise<boolean> {
    const { deleted } = this.#rows
    if (deleted === undefined) return false
    return await restoreDeleted(this.#db, this.#model.name, { key: this.#rows.keyOf(key), column: deleted })
  }

  /** Removes the row for good, marked or not. False if it is not there. */
  async erase(key: KeyOf<M>): Promise<boolean> {
    const where = sql.join(equals(this.#rows.keyOf(key)), sql` and `)
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(this.#model.name)} where ${where}`.execute(
      this.#db.query,
    )
    return numAffectedRows > 0n
  }

  get #kysely(): UntypedKysely {
    return this.#db.query as unknown as UntypedKysely
  }

  #select(): UntypedQuery {
    const query = this.#kysely.selectFrom(this.#model.name).selectAll()
    const { deleted } = this.#rows
    return deleted === undefined || this.#showsDeleted ? query : query.where(deleted, 'is', null)
  }

  async #updateAny(key: Values, set: Values): Promise<void> {
    const { deleted } = this.#rows
    const isThere = deleted === undefined || this.#showsDeleted ? [] : [sql`${sql.ref(deleted)} is null`]
    const where = sql.join([...equals(key), ...isThere], sql` and `)
    const changes =
      Object.keys(set).length > 0
        ? equals(set)
        : Object.keys(key).map((name) => sql`${sql.ref(name)} = ${sql.ref(name)}`)
    const statement = sql`update ${sql.table(this.#model.name)} set ${sql.join(changes)} where ${where}`
    const { numAffectedRows = 0n } = await statement.execute(this.#db.query)
    if (numAffectedRows === 0n) throw this.#notFound()
  }

  #read(row: Row): RowOf<M> {
    return (this.#db.dialect === 'sqlite' ? this.#rows.fromSqlite(row) : row) as RowOf<M>
  }

  #notFound(): ServiceError {
    return new ServiceError('ROW_NOT_FOUND', `There is no such ${this.#model.name}.`, { status: 404 })
  }
}

function equals(values: Values): RawBuilder<unknown>[] {
  return Object.entries(values).map(([name, value]) => sql`${sql.ref(name)} = ${value}`)
}
