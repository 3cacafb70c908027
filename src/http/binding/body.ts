/**
 * Bodies as values: JSON, and whatever formats the app registered.
 *
 *   content-type ──json, +json──▶ parseJson
 *                ├─registered───▶ codec.decode
 *                └─other────────▶ 415 with `accept`
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { parseJson } from '../../schema/json.ts'
import type { Call } from '../internal/call.ts'
import { borrowBytes } from '../request/body-reader.ts'
import { isJson, parseMediaType } from './media-type.ts'

type Decode = (bytes: Uint8Array) => unknown

/**
 * The body's value; undefined for a request without body and type. A promise if the body is still under way.
 *
 * @throws ServiceError `CONTENT_TYPE_NOT_SUPPORTED` (415), `BAD_BODY` (400), and as `RawRequest.bytes` and `parseJson`.
 */
export function readBody(call: Call): unknown {
  const type = call.exchange.header('content-type')
  if (type === undefined && call.exchange.body.length === 0) return undefined
  const borrowed = type === 'application/json' ? borrowBytes(call) : undefined
  // What `decoderFor` comes to, without a copy of the body: nothing in here waits.
  if (borrowed !== undefined) return parseJson(borrowed, call.settings.json)
  const decode = decoderFor(call, type)
  const bytes = call.raw.bytes()
  return bytes instanceof Promise ? bytes.then(decode) : decode(bytes)
}

function decoderFor(call: Call, type: string | undefined): Decode {
  const { codecs, json } = call.settings
  // The plain form first: it is what nearly every client sends.
  if (type === 'application/json') return (bytes) => parseJson(bytes, json)
  const { essence, parameters } = parseMediaType(type ?? '')
  if (isJson(essence)) {
    const charset = parameters.get('charset')?.toLowerCase()
    if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return (bytes) => parseJson(bytes, json)
    throw notSupported(call, `JSON is read in UTF-8, not in the charset it says`)
  }
  const codec = codecs.find(({ contentType }) => contentType === essence)
  if (codec === undefined)
    throw notSupported(call, type === undefined ? 'it has no content-type' : 'its content-type is unknown')
  return (bytes) => {
    try {
      return codec.decode(bytes)
    } catch (cause) {
      throw new ServiceError('BAD_BODY', `The body is not ${essence}, though its content-type says so.`, {
        status: 400,
        cause,
      })
    }
  }
}

function notSupported({ reply, settings }: Call, why: string): ServiceError {
  const accepted = ['application/json', ...settings.codecs.map(({ contentType }) => contentType)].join(', ')
  // RFC 9110 section 15.5.16: says what would have been taken.
  reply.headers.set('accept', accepted)
  return new ServiceError('CONTENT_TYPE_NOT_SUPPORTED', `The body was not read: ${why}. Send ${accepted}.`, {
    status: 415,
  })
}
