/**
 * Contracts as values: what a service offers, in a module that server and clients import.
 *
 *   export const ordersApi = defineApi({
 *     place: post('/orders', { body: NewOrder, responses: { 201: Order, 409: Problem } }),
 *     watch: get('/orders/:id/events', { stream: OrderEvent }),
 *   })
 *
 * Nothing happens but checks, so that a mistake shows when the module is loaded and not when a request comes.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Api, Method, Operation, OperationSpec } from './operation.ts'
import { type PathPattern, parsePathPattern } from './path-pattern.ts'

/** An operation of which nothing is checked. */
export type NoSpec = Readonly<Record<never, never>>

/**
 * Makes one operation.
 *
 * @throws ServiceError `BAD_PATTERN`; `BAD_OPERATION` for an unknown member of the spec, for both `body` and `form`, and
 *   for either with a method whose requests have no content.
 */
export interface OperationBuilder<M extends Method> {
  <const P extends string>(path: P): Operation<M, P, NoSpec>
  <const P extends string, const S extends OperationSpec>(path: P, spec: S): Operation<M, P, S>
}

export const get: OperationBuilder<'GET'> = builderFor('GET')
export const head: OperationBuilder<'HEAD'> = builderFor('HEAD')
export const post: OperationBuilder<'POST'> = builderFor('POST')
export const put: OperationBuilder<'PUT'> = builderFor('PUT')
export const patch: OperationBuilder<'PATCH'> = builderFor('PATCH')
/** DELETE; the word itself is JavaScript's. */
export const del: OperationBuilder<'DELETE'> = builderFor('DELETE')
export const options: OperationBuilder<'OPTIONS'> = builderFor('OPTIONS')

/**
 * Puts operations together under their names, which clients call, servers implement and OpenAPI prints.
 *
 * @throws ServiceError `BAD_OPERATION_NAME` for a name that is no plain word; `DUPLICATE_OPERATION` for two operations
 *   with one method and path, whatever their parameters are called.
 */
export function defineApi<const A extends Api>(operations: A): A {
  const namesByPlace = new Map<string, string>()
  for (const [name, { method, path }] of Object.entries(operations)) {
    checkName(name)
    const place = `${method} ${shapeOf(parsePathPattern(path))}`
    const other = namesByPlace.get(place)
    if (other !== undefined) {
      throw new ServiceError(
        'DUPLICATE_OPERATION',
        `Operations '${other}' and '${name}' are both ${method} ${path}; give one of them another path.`,
      )
    }
    namesByPlace.set(place, name)
  }
  return Object.freeze({ ...operations })
}

function builderFor<M extends Method>(method: M): OperationBuilder<M> {
  return <P extends string, S extends OperationSpec>(path: P, spec: S = {} as S): Operation<M, P, S> => {
    parsePathPattern(path)
    checkSpec(method, path, spec)
    return Object.freeze({ kind: spec.stream === undefined ? 'unary' : 'stream', method, path, spec })
  }
}

const specMembers = new Set(
  'params query headers cookies body form responses stream summary description tags deprecated'.split(' '),
)

/** RFC 9110 section 9.3: content in such a request has no meaning, and some servers refuse it. */
const methodsWithoutContent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

function checkSpec(method: Method, path: string, spec: OperationSpec): void {
  const unknown = Object.keys(spec).find((member) => !specMembers.has(member))
  if (unknown !== undefined) {
    throw badOperation(method, path, `'${unknown}' is no member of a spec; known are ${[...specMembers].join(', ')}`)
  }
  const hasContent = spec.body !== undefined || spec.form !== undefined
  if (hasContent && methodsWithoutContent.has(method)) {
    throw badOperation(method, path, `${method} requests have no body; use query parameters or POST`)
  }
  if (spec.body !== undefined && spec.form !== undefined) {
    throw badOperation(method, path, 'a request is either a body or a form; make two operations')
  }
}

function badOperation(method: Method, path: string, why: string): ServiceError {
  return new ServiceError('BAD_OPERATION', `The operation ${method} ${path} is wrong: ${why}.`)
}

/** Clients have the operations as methods: `then` would make them promises, and other names break documents. */
function checkName(name: string): void {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reservedNames.has(name)) return
  throw new ServiceError(
    'BAD_OPERATION_NAME',
    `An operation cannot be called '${name}': a name has letters, digits and underscores and means nothing else.`,
  )
}

const reservedNames = new Set(['then', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON'])

/** The path with its parameters unnamed: `/users/:id` and `/users/:name` are one place. */
function shapeOf({ parts }: PathPattern): string {
  return parts.map((part) => (part.kind === 'static' ? part.text : part.kind === 'param' ? ':' : '*')).join('\n')
}
