/** Assertions about types: they fail to compile. */

export type Expect<T extends true> = T

/** True only for the same type: unions, optional and readonly members included. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
