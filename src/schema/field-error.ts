/** FieldError: one broken rule, in the form that every answer and every log uses. */

/** Where in a request the value stood. */
export type FieldLocation = 'body' | 'query' | 'params' | 'headers' | 'cookies' | 'form'

export interface FieldError {
  readonly in: FieldLocation
  /** JSON Pointer (RFC 6901) below the location, such as `/items/0/sku`; empty for the whole. */
  readonly path: string
  /** The rule that was broken, such as `too_small` or `invalid_type`; `invalid` where the library names none. */
  readonly rule: string
  /** For people; it never repeats the value. */
  readonly message: string
}
