/** What a service says about being made to fail on purpose. */
import type { HttpContext } from '../../http/context.ts'

export interface FaultOptions {
  /** Longest duration of a fault, in milliseconds; default an hour. */
  readonly maxDurationMs?: number
  /** On whose behalf a request comes, for faults that name a tenant; default what a trusted peer says (`c.tenant`). */
  readonly tenantOf?: (c: HttpContext) => string | undefined
}
