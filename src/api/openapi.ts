/**
 * OpenAPI 3.1 of operations, from routes and contracts alike.
 *
 *   { name, method, path, spec }* ─▶ paths: parameters · body · answers ─▶ document
 *                                        └─▶ schemas, each said once ───▶ components
 *
 * The document describes the wire: the input side of every schema. The same operations in the same order give the same
 * text. OpenAPI cannot say a catch-all or a method of one's own: the first is shown as a parameter, the second left out.
 */
import { type JsonSchema, jsonSchemaOf } from '../schema/json-schema.ts'
import type { Schema } from '../schema/schema.ts'
import { reasonOf } from '../wire/http1/status-line.ts'
import { type ErrorComponents, type ErrorForm, errorResponses } from './internal/error-responses.ts'
import { parametersOf, pathParameters } from './internal/parameters.ts'
import { identifier, SchemaBook } from './internal/schema-book.ts'
import type { Method, OperationSpec } from './operation.ts'
import { type PathPattern, parsePathPattern } from './path-pattern.ts'

export interface DocumentedOperation {
  /** The `operationId`. Default: made of method and path. */
  readonly name?: string
  readonly method: Method
  readonly path: string
  readonly spec: OperationSpec
}

export interface OpenApiOptions {
  readonly title: string
  readonly version: string
  readonly description?: string
  /** Addresses under which the paths are served. Default: where the document came from. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** How the service answers errors. Default `problem` (RFC 9457). */
  readonly errors?: ErrorForm
}

/** A document as it is sent. Only what readers of it in this project need is typed. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers?: OpenApiOptions['servers']
  readonly tags?: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export type OperationObject = Readonly<Record<string, unknown>>

const methods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])

/** @throws ServiceError `BAD_PATTERN` for a path that is none. */
export function openApiDocument(operations: Iterable<DocumentedOperation>, options: OpenApiOptions): OpenApiDocument {
  const { title, version, description, servers, errors = 'problem' } = options
  const printed = new PrintedPaths(errors)
  for (const operation of operations) if (methods.has(operation.method)) printed.add(operation)
  return {
    openapi: '3.1.1',
    info: { title, version, ...(description !== undefined && { description }) },
    ...(servers !== undefined && { servers }),
    ...printed.finish(),
  }
}

class PrintedPaths {
  readonly #errors: ErrorComponents
  readonly #book: SchemaBook
  readonly #paths = new Map<string, Record<string, OperationObject>>()
  /** The first way a path was written, by what it matches. */
  readonly #templates = new Map<string, { text: string; names: readonly string[] }>()
  readonly #ids = new Set<string>()
  readonly #tags = new Set<string>()

  constructor(errors: ErrorForm) {
    this.#errors = errorResponses(errors)
    this.#book = new SchemaBook(this.#errors.schemas)
  }

  add({ name, method, path, spec }: DocumentedOperation): void {
    const pattern = parsePathPattern(path)
    const { text, names } = this.#templateOf(pattern)
    const operations = this.#paths.get(text) ?? {}
    this.#paths.set(text, operations)
    const id = this.#idOf(name, method, path)
    for (const tag of spec.tags ?? []) this.#tags.add(tag)
    operations[method.toLowerCase()] ??= this.#operation(id, pattern, names, spec)
  }

  finish(): Pick<OpenApiDocument, 'tags' | 'paths' | 'components'> {
    return {
      ...(this.#tags.size > 0 && { tags: [...this.#tags].map((name) => ({ name })) }),
      paths: Object.fromEntries(this.#paths),
      components: { schemas: this.#book.finish(), responses: this.#errors.responses },
    }
  }

  #operation(id: string, pattern: PathPattern, names: readonly string[], spec: OperationSpec): OperationObject {
    const { summary, description, tags, deprecated, params, query, headers, cookies } = spec
    const hint = identifier(id)
    const parameters = [
      ...pathParameters(pattern, names, { schema: params, hint: `${hint}Params` }, this.#book),
      ...parametersOf({ place: 'query', schema: query, hint: `${hint}Query` }, this.#book),
      ...parametersOf({ place: 'header', schema: headers, hint: `${hint}Headers` }, this.#book),
      ...parametersOf({ place: 'cookie', schema: cookies, hint: `${hint}Cookies` }, this.#book),
    ]
    return {
      operationId: id,
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      ...(tags !== undefined && tags.length > 0 && { tags }),
      ...(deprecated === true && { deprecated }),
      ...(parameters.length > 0 && { parameters }),
      ...this.#requestBody(spec, hint),
      responses: this.#responses(spec, hint),
    }
  }

  #requestBody({ body, form }: OperationSpec, hint: string): { requestBody?: object } {
    if (body !== undefined) {
      return { requestBody: { required: true, content: this.#content(['application/json'], body, `${hint}Body`) } }
    }
    if (form === undefined) return {}
    const types = holdsFile(form)
      ? ['multipart/form-data']
      : ['application/x-www-form-urlencoded', 'multipart/form-data']
    return { requestBody: { required: true, content: this.#content(types, form, `${hint}Form`) } }
  }

  #responses(spec: OperationSpec, hint: string): Record<string, unknown> {
    const { params, query, headers, cookies, body, form, responses = {}, stream } = spec
    const isChecked = [params, query, headers, cookies, body, form].some((part) => part !== undefined)
    const declared = Object.entries(responses).map(([status, schema]) => [
      status,
      this.#response(Number(status), schema, hint),
    ])
    const hasSuccess = Object.keys(responses).some((status) => Number(status) < 400)
    return {
      ...(stream !== undefined && { 200: this.#eventStream(stream, `${hint}Event`) }),
      ...(stream === undefined && !hasSuccess && { 200: { description: reasonOf(200) } }),
      ...(isChecked && { 400: { $ref: '#/components/responses/Invalid' } }),
      ...Object.fromEntries(declared),
      ...(responses[500] === undefined && { 500: { $ref: '#/components/responses/Failed' } }),
    }
  }

  #response(status: number, schema: Schema | null | undefined, hint: string): object {
    const description = reasonOf(status) || `Status ${status}`
    if (schema === null || schema === undefined) return { description }
    const isSuccess = status >= 200 && status < 300
    return {
      description,
      content: this.#content(['application/json'], schema, isSuccess ? `${hint}Response` : `${hint}Response${status}`),
    }
  }

  #eventStream(event: Schema, hint: string): object {
    return {
      description: 'Server-sent events; the data of each is JSON of this schema.',
      content: this.#content(['text/event-stream'], event, hint),
    }
  }

  /** Each type gets a node of its own, because the book may still change them. */
  #content(types: readonly string[], schema: Schema, hint: string): Record<string, { schema: JsonSchema }> {
    return Object.fromEntries(types.map((type) => [type, { schema: this.#book.use(schema, hint) }]))
  }

  /** Two patterns that differ only in the names of parameters are one path, with the names that came first. */
  #templateOf({ parts, names }: PathPattern): { text: string; names: readonly string[] } {
    const text = parts.map((part) => (part.kind === 'static' ? escapeBraces(part.text) : `{${part.name}}`)).join('')
    const shape = parts.map((part) => (part.kind === 'static' ? part.text : `{${part.kind}}`)).join('')
    const before = this.#templates.get(shape)
    if (before !== undefined) return before
    this.#templates.set(shape, { text, names })
    return { text, names }
  }

  #idOf(name: string | undefined, method: Method, path: string): string {
    const isNamed = name !== undefined && name !== `${method} ${path}`
    const wanted = isNamed ? name : method.toLowerCase() + identifier(path)
    let id = wanted
    for (let number = 2; this.#ids.has(id); number++) id = `${wanted}${number}`
    this.#ids.add(id)
    return id
  }
}

function holdsFile(form: Schema): boolean {
  return JSON.stringify(jsonSchemaOf(form, 'input').schema ?? {}).includes('"format":"binary"')
}

function escapeBraces(text: string): string {
  return text.replaceAll('{', '%7B').replaceAll('}', '%7D')
}
