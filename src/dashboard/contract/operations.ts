/**
 * The forms that the dashboard's operations have, in types: what is asked stands before what is answered.
 *
 * A contract here is written twice, as a type with its words and as a value, and the compiler compares them: what is
 * published must have its types spelled out.
 */
import type { Operation, OperationSpec } from '../../api/operation.ts'
import type { Schema } from '../../schema/schema.ts'

export type Get<P extends string, A, S extends OperationSpec = Nothing> = Operation<'GET', P, S & Answers<200, A>>
export type Post<P extends string, Status extends number, A, S extends OperationSpec = Nothing> = Operation<
  'POST',
  P,
  S & Answers<Status, A>
>
export type Delete<P extends string, S extends OperationSpec = Nothing> = Operation<'DELETE', P, S & Answers<204, null>>
export type Stream<P extends string, E, S extends OperationSpec = Nothing> = Operation<
  'GET',
  P,
  S & { readonly stream: Schema<E> }
>

export type Asked<Part extends 'params' | 'query' | 'body', T> = { readonly [K in Part]: Schema<T> }
export type ByName = Asked<'params', { readonly name: string }>

type Nothing = Readonly<Record<never, never>>
type Answers<Status extends number, A> = {
  readonly responses: { readonly [K in Status]: A extends null ? null : Schema<A> }
}
