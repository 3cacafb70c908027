/** How much of each kind a request may hold. Bytes of head and body are the wire's business (`WireLimits`). */

export interface InputLimits {
  /** Pairs in the query; beyond: 400. */
  readonly maxQueryPairs: number
  /** Cookies in the request; beyond: 400. */
  readonly maxCookies: number
  /** Pairs of an urlencoded form, or fields of a multipart one; beyond: 413. */
  readonly maxFormFields: number
}

export const defaultInputLimits: InputLimits = { maxQueryPairs: 256, maxCookies: 64, maxFormFields: 1_000 }
