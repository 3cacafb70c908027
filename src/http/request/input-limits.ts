/** How much of each kind a request may hold. Bytes of head and body are the wire's business (`WireLimits`). */

export interface InputLimits {
  /** Pairs in the query; beyond: 400. Default 256. */
  readonly maxQueryPairs: number
  /** Cookies in the request; beyond: 400. Default 64. */
  readonly maxCookies: number
  /** Fields of a form that are no files; beyond: 413. Default 1,000. */
  readonly maxFields: number
  /** Bytes of one field's value in a multipart form; beyond: 413. Default 64 KiB. */
  readonly maxFieldBytes: number
  /** Files in a multipart form; beyond: 413. Default 16. */
  readonly maxFiles: number
  /** Bytes of one file; beyond: 413. Default: what the whole body may have. */
  readonly maxFileBytes: number
}

export const defaultInputLimits: InputLimits = {
  maxQueryPairs: 256,
  maxCookies: 64,
  maxFields: 1_000,
  maxFieldBytes: 64 * 1024,
  maxFiles: 16,
  maxFileBytes: Number.POSITIVE_INFINITY,
}
