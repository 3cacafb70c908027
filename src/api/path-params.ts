/**
 * Path parameters, typed from the pattern's own text.
 *
 *   '/users/:id/files/*path'  →  { id: string; path: string }
 */

type Segments<Path extends string> = Path extends `${infer Head}/${infer Rest}` ? Head | Segments<Rest> : Path

type ParamName<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends `*${infer Name}`
    ? Name
    : never

/** The parameters of a pattern; any string for a pattern that is not a literal. */
export type PathParams<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in ParamName<Segments<Path>>]: string }
