/** Writers of JSON for the responses that a route declares. */
import type { Responses } from '../../api/operation.ts'

/** By status; a status without a schema has none. */
export type Serializers = Readonly<Record<number, (value: unknown) => string | Uint8Array>>

export function compileSerializers(_responses: Responses | undefined): Serializers {
  return {}
}
