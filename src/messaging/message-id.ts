/** messageId: a UUID of version 7 (RFC 9562 section 5.7): unique, and in the order of time, which keeps indexes compact. */
import { newTraceId } from '../telemetry/trace-ids.ts'

export function messageId(nowMs: number): string {
  const time = Math.trunc(nowMs).toString(16).padStart(12, '0')
  const random = newTraceId()
  // Two bits of the sixteenth digit are the variant.
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}
