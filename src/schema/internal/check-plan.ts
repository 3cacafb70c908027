/**
 * Plans: what a schema checks and what it makes of a value, in terms that belong to no library.
 *
 *   zod, valibot, TypeBox, JSON Schema ──readers──▶ Plan ──▶ code
 *
 * A plan says less than a library may: where code cannot be sure it says no, and the library is asked.
 */

export type Plan =
  | { readonly kind: 'any' | 'boolean' | 'null' | 'undefined' }
  | { readonly kind: 'string'; readonly tests: readonly StringTest[] }
  | { readonly kind: 'number'; readonly finite: boolean; readonly tests: readonly NumberTest[] }
  | { readonly kind: 'values'; readonly values: ReadonlySet<unknown> }
  | ArrayPlan
  | TuplePlan
  | ObjectPlan
  | RecordPlan
  /** Undefined becomes what `source[name]` gives then. */
  | { readonly kind: 'default'; readonly inner: Plan; readonly source: object; readonly name: string }
  /** Values that are missing pass, or are replaced first; what is not missing then is checked. */
  | {
      readonly kind: 'absent'
      readonly missing: readonly (null | undefined)[]
      readonly replaces: { readonly by: unknown } | undefined
      readonly inner: Plan
    }
  | { readonly kind: 'frozen'; readonly inner: Plan }
  /** The first that passes. */
  | { readonly kind: 'union'; readonly options: readonly Plan[] }
  /** The one whose tag it has. */
  | {
      readonly kind: 'tagged'
      readonly tag: string
      readonly options: ReadonlyMap<unknown, Plan>
      readonly arrays: 'refused' | 'tried'
    }
  /** For both, and the value stays as it is. */
  | { readonly kind: 'all'; readonly plans: readonly Plan[] }

export type StringTest =
  /** Of UTF-16 units. */
  | { readonly kind: 'min units' | 'max units'; readonly count: number }
  /** Of Unicode's code points: a pair of surrogates is one. */
  | { readonly kind: 'min points' | 'max points'; readonly count: number }
  /** The expression itself, from its beginning: it may have flags that remember. */
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'starts' | 'ends'; readonly text: string }
  | { readonly kind: 'includes'; readonly text: string }

export type NumberTest =
  | { readonly kind: '<' | '<=' | '>' | '>='; readonly limit: number }
  | { readonly kind: 'integer' | 'safe integer' }

export interface ArrayPlan {
  readonly kind: 'array'
  readonly element: Plan
  readonly min: number
  readonly max: number
  /** Whether the library answers with a new array. */
  readonly copies: boolean
}

export interface TuplePlan {
  readonly kind: 'tuple'
  readonly items: readonly Plan[]
  /** Undefined where more are an error, `ignored` where they are left out. */
  readonly rest: Plan | 'ignored' | undefined
  /** An array with fewer: an error, for the library to judge, or with undefined in their place. */
  readonly short: 'refused' | 'unsure' | 'tried'
  readonly copies: boolean
}

export interface ObjectPlan {
  readonly kind: 'object'
  readonly members: readonly MemberPlan[]
  readonly others: OthersPlan
  /** Whether an array is an object too. */
  readonly arrays: 'refused' | 'tried'
  /** Whether inherited members that were not declared are kept where others are. */
  readonly keeps: 'all' | 'own'
  readonly copies: boolean
}

export interface MemberPlan {
  readonly name: string
  readonly plan: Plan
  /**
   * A member that is not there:
   *
   * - `refused`
   * - `left out`: it is not there in the output either
   * - `passed`: where the output is the value itself; one that is there and undefined is the library's to judge
   * - `made`: its plan, put to undefined, says what it becomes
   */
  readonly absent: 'refused' | 'left out' | 'passed' | 'made'
}

/** Members that were not declared: left out, an error, kept, or checked and kept. */
export type OthersPlan = 'left out' | 'refused' | Plan

/** An object with any names, all of them with the same plan. */
export interface RecordPlan {
  readonly kind: 'record'
  readonly name: Plan
  readonly value: Plan
  /** An array: an error, or for the library to judge. */
  readonly arrays: 'refused' | 'unsure'
  /** Names that are left out. */
  readonly ignores: readonly string[]
  readonly copies: boolean
}
