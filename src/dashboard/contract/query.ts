/** What several requests to the dashboard have in common. */
import { integer, list, type Optional, object, optional, type Shape, text } from '../../schema/shape.ts'

/** Names of services, metrics, operations. */
export const name: Shape<string> = text({ min: 1, max: 256 })
export const traceId: Shape<string> = text({ max: 32, pattern: /^[0-9a-f]{32}$/ })
export const spanId: Shape<string> = text({ max: 16, pattern: /^[0-9a-f]{16}$/ })
/** Milliseconds since the Unix epoch. */
export const timeMs: Optional<number> = optional(integer({ min: 0 }))
/** `name=value`; may be given several times, and all must fit. */
export const attributes: Optional<readonly string[]> = optional(list(text({ min: 2, max: 512 }), { max: 10 }))
/** How far back, in milliseconds, from now; up to a day. */
export const windowMs: Optional<number> = optional(integer({ min: 1_000, max: 86_400_000 }))
/** Where a page of results begins: the `next` of the page before. */
export const cursor: Optional<string> = optional(text({ max: 200 }))
export const limit: Optional<number> = optional(integer({ min: 1, max: 500 }))

export interface WindowQuery {
  readonly windowMs?: number | undefined
}

export const ServiceName: Shape<{ readonly name: string }> = object({ name })
