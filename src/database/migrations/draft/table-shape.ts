/** TableShape: a table as a database says it is. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly ColumnShape[]
  readonly key: readonly string[]
  readonly indexes: readonly IndexShape[]
  readonly references: readonly ReferenceShape[]
}

export interface ColumnShape {
  readonly name: string
  /** In the database's own words, such as `character varying(40)`. */
  readonly type: string
  readonly isNullable: boolean
  readonly default: string | undefined
}

export interface IndexShape {
  readonly name: string
  readonly columns: readonly string[]
  readonly isUnique: boolean
}

export interface ReferenceShape {
  readonly column: string
  readonly table: string
}
