/**
 * Path parameters, typed from the pattern's own text.
 *
 *   '/users/:id/files/*path'  →  { id: string; path: string }
 *   '/user_:name'             →  { name: string }
 *   '/time/12\\:30'           →  {}
 */

type Segments<Path extends string> = Path extends `${infer Head}/${infer Rest}` ? Head | Segments<Rest> : Path

type ParamName<Segment extends string> = Segment extends `*${infer Name}`
  ? Name
  : Segment extends `${infer Before}:${infer Name}`
    ? Before extends `${string}\\`
      ? ParamName<Name>
      : Name
    : never

/** The parameters of a pattern; any string for a pattern that is not a literal. */
export type PathParams<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in ParamName<Segments<Path>>]: string }

/** What a path is built from: the same names, and numbers are welcome. */
export type PathArgs<Path extends string> = string extends Path
  ? Readonly<Record<string, string | number | bigint>>
  : { readonly [Name in ParamName<Segments<Path>>]: string | number | bigint }
