/** Validated: what came of a check. */
import type { FieldError } from './field-error.ts'

export type Validated<T> =
  | { readonly value: T; readonly errors?: undefined }
  | { readonly value?: unknown; readonly errors: readonly FieldError[] }
