/**
 * ModelTypes: what a model says to the compiler.
 *
 *   Model ─▶ TablesOf (Kysely's tables) │ RowOf (what is read) │ NewRowOf (insert) │ ChangeOf (update) │ KeyOf │ WireRowOf (JSON)
 */
import type { ColumnType } from 'kysely'
import type { Column } from './column.ts'

export type ColumnSet = Readonly<Record<string, Column>>

/** The part of a model that types are made of. */
export interface TypedModel<Name extends string = string, Columns extends ColumnSet = ColumnSet> {
  readonly name: Name
  readonly columns: Columns
}

type Types<C extends Column> = C['~types']
type Value<C extends Column> = Types<C>['value']
type Null<C extends Column> = Types<C>['isNullable'] extends true ? null : never
type Selected<C extends Column> = Value<C> | Null<C>
/** What is written may be a number where it is read as a bigint. */
type Written<C extends Column> = (Value<C> extends bigint ? bigint | number : Value<C>) | Null<C>
type Filling<C extends Column> = Types<C>['filling']
type IsOptional<C extends Column> = Types<C>['isNullable'] extends true
  ? true
  : Filling<C> extends 'given'
    ? false
    : true

type Inserted<C extends Column> =
  // The database knows nothing of what the repository makes.
  Filling<C> extends 'made' ? Written<C> : IsOptional<C> extends true ? Written<C> | undefined : Written<C>

/** As Kysely wants a table: what is selected, inserted and updated. */
export type TableOf<M extends TypedModel> = {
  [Name in keyof M['columns']]: ColumnType<
    Selected<M['columns'][Name]>,
    Inserted<M['columns'][Name]>,
    Filling<M['columns'][Name]> extends 'generated' ? never : Written<M['columns'][Name]>
  >
}

/** For `Database<Tables>`, of a union of models. */
export type TablesOf<M extends TypedModel> = { [Each in M as Each['name']]: TableOf<Each> }

/** A row as it is read. */
export type RowOf<M extends TypedModel> = { [Name in keyof M['columns']]: Selected<M['columns'][Name]> }

type Simple<T> = { [Name in keyof T]: T[Name] }

type NamesWith<M extends TypedModel, Optional extends boolean> = {
  [Name in keyof M['columns']]: Filling<M['columns'][Name]> extends 'version' | 'deleted'
    ? never
    : IsOptional<M['columns'][Name]> extends Optional
      ? Name
      : never
}[keyof M['columns']]

/** What is given to insert a row: what has a default, or may be null, may be left out. */
export type NewRowOf<M extends TypedModel> = Simple<
  { [Name in NamesWith<M, false>]: Written<M['columns'][Name]> } & {
    [Name in NamesWith<M, true>]?: Written<M['columns'][Name]> | undefined
  }
>

type KeyNames<M extends TypedModel> = {
  [Name in keyof M['columns']]: Types<M['columns'][Name]>['isKey'] extends true ? Name : never
}[keyof M['columns']]

type VersionName<M extends TypedModel> = {
  [Name in keyof M['columns']]: Filling<M['columns'][Name]> extends 'version' ? Name : never
}[keyof M['columns']]

type ChangedNames<M extends TypedModel> = {
  [Name in keyof M['columns']]: Filling<M['columns'][Name]> extends 'version' | 'deleted' | 'generated'
    ? never
    : Types<M['columns'][Name]>['isKey'] extends true
      ? never
      : Name
}[keyof M['columns']]

/** What is given to change a row: some of its columns and, where it has one, the version that they were decided by. */
export type ChangeOf<M extends TypedModel> = Simple<
  { [Name in ChangedNames<M>]?: Written<M['columns'][Name]> | undefined } & { [Name in VersionName<M>]: number }
>

type IsOne<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? true : false) : never

/** The value of the key where it is one column, else an object of its columns. */
export type KeyOf<M extends TypedModel> =
  IsOne<KeyNames<M>> extends true
    ? Written<M['columns'][KeyNames<M>]>
    : { readonly [Name in KeyNames<M>]: Written<M['columns'][Name]> }

/** A value in JSON: bigints and bytes are texts. */
type Wire<T> = T extends bigint | Uint8Array | Date ? string : T

/** A row as JSON says it. */
export type WireRowOf<M extends TypedModel> = { [Name in keyof M['columns']]: Wire<Selected<M['columns'][Name]>> }

/** What may be sent for a value. */
type Sent<T> = T extends bigint
  ? string | number | bigint
  : T extends Date
    ? string | Date
    : T extends Uint8Array
      ? string
      : T

/** What may be sent for the columns of `Given`. */
export type SentOf<Given> = { [Name in keyof Given]: Sent<Given[Name]> }
