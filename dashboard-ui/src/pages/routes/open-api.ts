/**
 * What a form needs of a service's OpenAPI document: parameters and body of one operation.
 *
 *   document, method, path ─▶ operation ─▶ fields for path, query and headers, an example of the body
 *
 * The document comes from the service and may be anything: what is not as expected is left out.
 */

export interface OperationForm {
  readonly summary: string
  readonly fields: readonly FormField[]
  /** Null where no body is taken. */
  readonly body: { readonly type: string; readonly example: string; readonly isRequired: boolean } | null
  readonly answers: readonly { readonly status: string; readonly description: string }[]
}

export interface FormField {
  readonly name: string
  readonly place: 'path' | 'query' | 'header'
  readonly isRequired: boolean
  readonly hint: string
  /** Values to choose from; empty where any may be written. */
  readonly options: readonly string[]
  readonly first: string
}

type Json = Readonly<Record<string, unknown>>
const deepest = 6

export function operationForm(document: Json, method: string, path: string): OperationForm | undefined {
  const item = recordAt(recordAt(document, 'paths'), path)
  const operation = item && recordAt(item, method.toLowerCase())
  if (item === undefined || operation === undefined) return undefined
  const parameters = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')].map((one) =>
    resolved(document, one),
  )
  return {
    summary: textAt(operation, 'summary') || textAt(operation, 'description'),
    fields: parameters.flatMap((parameter) => fieldOf(document, parameter)),
    body: bodyOf(document, operation),
    answers: Object.entries(recordAt(operation, 'responses') ?? {}).map(([status, answer]) => ({
      status,
      description: textAt(resolved(document, answer) ?? {}, 'description'),
    })),
  }
}

function fieldOf(document: Json, parameter: Json | undefined): FormField[] {
  const place = parameter?.in
  if (parameter === undefined || (place !== 'path' && place !== 'query' && place !== 'header')) return []
  const schema = resolved(document, parameter.schema) ?? {}
  const options = schema.type === 'boolean' ? ['true', 'false'] : listAt(schema, 'enum').map(String)
  const given = parameter.example ?? schema.example ?? schema.default
  return [
    {
      name: textAt(parameter, 'name'),
      place,
      isRequired: parameter.required === true,
      hint: textAt(parameter, 'description') || hintOf(schema),
      options,
      first: given === undefined ? '' : String(given),
    },
  ]
}

function bodyOf(document: Json, operation: Json): OperationForm['body'] {
  const body = resolved(document, operation.requestBody)
  const content = body && recordAt(body, 'content')
  if (body === undefined || content === undefined) return null
  const type = 'application/json' in content ? 'application/json' : Object.keys(content)[0]
  if (type === undefined) return null
  const media = recordAt(content, type) ?? {}
  const value = media.example ?? exampleOf(document, resolved(document, media.schema) ?? {})
  return {
    type,
    example: type.includes('json') ? JSON.stringify(value, null, 2) : '',
    isRequired: body.required === true,
  }
}

/** A value that the schema would take, as far as its shape goes. */
export function exampleOf(document: Json, schema: Json, depth = 0): unknown {
  const given =
    schema.example ?? schema.default ?? schema.const ?? listAt(schema, 'examples')[0] ?? listAt(schema, 'enum')[0]
  if (given !== undefined || depth > deepest) return given ?? null
  const choice = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf')].map((one) => resolved(document, one))[0]
  if (choice !== undefined) return exampleOf(document, choice, depth + 1)
  switch (typeNameOf(schema)) {
    case 'object':
      return exampleObject(document, schema, depth)
    case 'array':
      return [exampleOf(document, resolved(document, schema.items) ?? {}, depth + 1)]
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1
    case 'boolean':
      return true
    case 'string':
      return exampleText(schema)
    default:
      return null
  }
}

function exampleObject(document: Json, schema: Json, depth: number): unknown {
  const required = new Set(listAt(schema, 'required'))
  const members = Object.entries(recordAt(schema, 'properties') ?? {})
  const shown = members.filter(([name]) => required.size === 0 || required.has(name))
  return Object.fromEntries(
    shown.map(([name, member]) => [name, exampleOf(document, resolved(document, member) ?? {}, depth + 1)]),
  )
}

const textsByFormat: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  'date-time': '2026-01-01T12:00:00Z',
  date: '2026-01-01',
  uri: 'https://example.com/',
}

function exampleText({ format, minLength }: Json): string {
  const known = typeof format === 'string' ? textsByFormat[format] : undefined
  return known ?? 'text'.padEnd(typeof minLength === 'number' ? Math.min(minLength, 64) : 0, 'x')
}

function hintOf(schema: Json): string {
  const limits = [
    ['minimum', '≥'],
    ['maximum', '≤'],
    ['minLength', 'length ≥'],
    ['maxLength', 'length ≤'],
  ] as const
  const told = limits
    .filter(([name]) => schema[name] !== undefined)
    .map(([name, sign]) => `${sign} ${String(schema[name])}`)
  return [typeNameOf(schema), textAt(schema, 'format'), ...told].filter(Boolean).join(', ')
}

function typeNameOf(schema: Json): string {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type
  if (typeof type === 'string') return type
  return 'properties' in schema ? 'object' : ''
}

/** Follows `$ref` within the document. */
function resolved(document: Json, value: unknown, depth = 0): Json | undefined {
  if (!isRecord(value)) return undefined
  const { $ref } = value
  if (typeof $ref !== 'string' || depth > deepest) return value
  let found: unknown = document
  for (const part of $ref.replace(/^#\//, '').split('/')) {
    found = isRecord(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return resolved(document, found, depth + 1)
}

function recordAt(value: Json | undefined, name: string): Json | undefined {
  const member = value?.[name]
  return isRecord(member) ? member : undefined
}

function listAt(value: Json, name: string): readonly unknown[] {
  const member = value[name]
  return Array.isArray(member) ? member : []
}

function textAt(value: Json, name: string): string {
  const member = value[name]
  return typeof member === 'string' ? member : ''
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
