/** What a service answers when it refuses or fails, for the components of a document. */
import type { JsonSchema } from '../../schema/json-schema.ts'

/** RFC 9457 problem details, or `{ code, message, data }`. */
export type ErrorForm = 'problem' | 'envelope'

export interface ErrorComponents {
  readonly schemas: Readonly<Record<string, JsonSchema>>
  readonly responses: Readonly<Record<string, unknown>>
}

export function errorResponses(form: ErrorForm): ErrorComponents {
  const name = form === 'problem' ? 'ProblemDetails' : 'ErrorEnvelope'
  const type = form === 'problem' ? 'application/problem+json' : 'application/json'
  const content = { [type]: { schema: { $ref: `#/components/schemas/${name}` } } }
  return {
    schemas: { [name]: form === 'problem' ? problem : envelope, FieldError: fieldError },
    responses: {
      Invalid: { description: 'The request does not fit its schemas; every broken rule is named.', content },
      Failed: { description: 'The service failed to handle the request.', content },
    },
  }
}

const fieldError: JsonSchema = {
  type: 'object',
  properties: {
    in: { type: 'string', enum: ['body', 'query', 'params', 'headers', 'cookies', 'form'] },
    path: { type: 'string', format: 'json-pointer', description: 'Where the value stood; empty for the whole.' },
    rule: { type: 'string', description: 'The rule that was broken.' },
    message: { type: 'string' },
  },
  required: ['in', 'path', 'rule', 'message'],
}

const errors: JsonSchema = { type: 'array', items: { $ref: '#/components/schemas/FieldError' } }
const code: JsonSchema = { type: 'string', description: 'Stable; programs branch on it.' }

const problem: JsonSchema = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri-reference' },
    code,
    errors,
    requestId: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
}

const envelope: JsonSchema = {
  type: 'object',
  properties: {
    code,
    message: { type: 'string' },
    data: { type: 'object', properties: { errors, requestId: { type: 'string' } } },
  },
  required: ['code', 'message'],
}
