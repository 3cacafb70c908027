/** shownPayload: what an event or a saga carries, fit to be shown: as text, with secrets hidden and an end. */
import { printable } from '../../config/secret.ts'
import { parseJson } from '../../schema/json.ts'
import { secretNames } from '../../telemetry/secret-names.ts'

const mostCharacters = 16_384
const isSecretName = secretNames()

export function shownPayload(value: unknown): string {
  const text = JSON.stringify(printable(value, isSecretName), null, 2)
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`
}

/** Of bytes that are no JSON only their number and what they say they are is shown. */
export function shownBody(body: Uint8Array, contentType: string | undefined): string {
  let value: unknown
  try {
    value = parseJson(body)
  } catch {
    return `${body.byteLength} bytes of ${contentType ?? 'unknown content'}`
  }
  return shownPayload(value)
}
