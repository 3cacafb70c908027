import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import * as v from 'valibot'
import { z } from 'zod'
import { fromJsonSchema, type JsonSchema } from '../schema/json-schema.ts'
import { type DocumentedOperation, type OpenApiDocument, openApiDocument } from './openapi.ts'
import type { OperationSpec } from './operation.ts'

const info = { title: 'Orders', version: '1.0.0' }

const validator = new Validator()

/** The document, which is checked against the official meta-schema of OpenAPI 3.1 on the way. */
async function documentOf(operations: DocumentedOperation[], options = {}): Promise<OpenApiDocument> {
  const document = openApiDocument(operations, { ...info, ...options })
  const outcome = await validator.validate(JSON.parse(JSON.stringify(document)))
  assert.ok(outcome.valid, JSON.stringify(outcome.errors))
  return document
}

type Operation = {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema; description?: string }[]
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { description?: string; content?: Record<string, { schema: JsonSchema }>; $ref?: string }>
}

async function printed(spec: OperationSpec, method = 'POST', path = '/x', options = {}): Promise<Operation> {
  const { paths } = await documentOf([{ name: 'call', method, path, spec }], options)
  return Object.values(Object.values(paths)[0] ?? {})[0] as Operation
}

const Money = z.object({ amount: z.number(), currency: z.string() })

describe('an OpenAPI document', () => {
  it('is empty but sound without operations', async () => {
    const { openapi, paths } = await documentOf([])
    assert.deepEqual([openapi, paths], ['3.1.1', {}])
  })

  it('carries what is said about the service', async () => {
    const servers = [{ url: 'https://orders.example', description: 'Production' }]
    const document = await documentOf([], { description: 'Takes orders.', servers })
    assert.deepEqual(document.info, { ...info, description: 'Takes orders.' })
    assert.deepEqual(document.servers, servers)
  })

  it('carries what is said about an operation', async () => {
    const spec = { summary: 'Place', description: 'Places it.', tags: ['orders', 'public'], deprecated: true }
    const document = await documentOf([{ name: 'place', method: 'POST', path: '/orders', spec }])
    const { responses: _, ...operation } = document.paths['/orders']?.post ?? {}
    assert.deepEqual(operation, { operationId: 'place', ...spec })
    assert.deepEqual(document.tags, [{ name: 'orders' }, { name: 'public' }])
  })

  it('is the same text for the same operations', () => {
    const make = () =>
      JSON.stringify(
        openApiDocument([{ method: 'PUT', path: '/x', spec: { body: Money, responses: { 200: Money } } }], info),
      )
    assert.equal(make(), make())
  })
})

describe('paths', () => {
  const templates: { pattern: string; template: string; why: string }[] = [
    { pattern: '/users/:id', template: '/users/{id}', why: 'a parameter' },
    { pattern: '/user_:name/x', template: '/user_{name}/x', why: 'text before it' },
    { pattern: '/files/*path', template: '/files/{path}', why: 'a catch-all, as well as OpenAPI can' },
    { pattern: '/12\\:30', template: '/12:30', why: 'an escaped colon' },
    { pattern: '/{x}', template: '/%7Bx%7D', why: 'braces that are text' },
  ]
  for (const { pattern, template, why } of templates) {
    it(`print ${pattern} as ${template}: ${why}`, async () => {
      const { paths } = await documentOf([{ method: 'GET', path: pattern, spec: {} }])
      assert.deepEqual(Object.keys(paths), [template])
    })
  }

  it('are one where only names of parameters differ, with the names that came first', async () => {
    const params = z.object({ user: z.uuid() })
    const { paths } = await documentOf([
      { method: 'GET', path: '/users/:id', spec: {} },
      { method: 'PUT', path: '/users/:user', spec: { params } },
    ])
    assert.deepEqual(Object.keys(paths), ['/users/{id}'])
    const [parameter] = (paths['/users/{id}']?.put as Operation | undefined)?.parameters ?? []
    assert.deepEqual([parameter?.name, parameter?.schema.format], ['id', 'uuid'])
  })

  it('leave out methods that OpenAPI does not know', async () => {
    const { paths } = await documentOf([
      { method: '*', path: '/any', spec: {} },
      { method: 'PURGE', path: '/cache', spec: {} },
    ])
    assert.deepEqual(paths, {})
  })

  it('give an operation without a name one, and every operation its own', async () => {
    const { paths } = await documentOf([
      { method: 'GET', path: '/users/:id', spec: {} },
      { name: 'POST /users/:id', method: 'POST', path: '/users/:id', spec: {} },
      { name: 'getUsersId', method: 'GET', path: '/other', spec: {} },
    ])
    const ids = Object.values(paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    )
    assert.deepEqual(ids, ['getUsersId', 'postUsersId', 'getUsersId2'])
  })
})

describe('parameters', () => {
  it('are members of the schemas of path, query, headers and cookies', async () => {
    const { parameters } = await printed(
      {
        params: z.object({ id: z.uuid() }),
        query: z.object({ page: z.int32().default(1), q: z.string().describe('Words to find.') }),
        headers: z.object({ 'x-tenant': z.string(), authorization: z.string() }),
        cookies: z.object({ session: z.string().optional() }),
      },
      'GET',
      '/users/:id/*rest',
    )
    assert.deepEqual(
      parameters?.map(({ name, in: place, required, description }) => [place, name, required, description]),
      [
        ['path', 'id', true, undefined],
        ['path', 'rest', true, 'The rest of the path; its slashes stay slashes.'],
        ['query', 'page', undefined, undefined],
        ['query', 'q', true, 'Words to find.'],
        ['header', 'x-tenant', true, undefined],
        ['cookie', 'session', undefined, undefined],
      ],
    )
    assert.equal(parameters?.[0]?.schema.format, 'uuid')
    assert.equal(parameters?.[2]?.schema.default, 1)
  })

  it('are required only if every alternative requires them', async () => {
    const query = z.discriminatedUnion('by', [
      z.object({ by: z.literal('page'), page: z.number() }),
      z.object({ by: z.literal('mark'), mark: z.string() }),
    ])
    const { parameters } = await printed({ query }, 'GET')
    assert.deepEqual(
      parameters?.map(({ name, required }) => [name, required]),
      [
        ['by', true],
        ['page', undefined],
        ['mark', undefined],
      ],
    )
    const values = [
      { type: 'string', const: 'page' },
      { type: 'string', const: 'mark' },
    ]
    assert.deepEqual(parameters?.[0]?.schema, { anyOf: values })
  })

  it('of unknown names are an object in form style', async () => {
    const { parameters } = await printed({ query: z.record(z.string(), z.number()) }, 'GET')
    assert.deepEqual(parameters, [
      {
        name: 'others',
        in: 'query',
        style: 'form',
        explode: true,
        schema: { type: 'object', additionalProperties: { type: 'number' } },
      },
    ])
  })

  it('say so when nothing is known about them', async () => {
    const { parameters } = await printed({ query: v.object({ page: v.string() }) }, 'GET')
    assert.match(String(parameters?.[0]?.schema.description), /^Not described: valibot/)
  })
})

describe('bodies and answers', () => {
  it('describe the wire, which is the input side', async () => {
    const At = z.object({ at: z.iso.datetime().transform((text) => new Date(text)), n: z.number().default(1) })
    const { requestBody, responses } = await printed({ body: At, responses: { 201: At } })
    assert.equal(requestBody?.required, true)
    const bodySchema = requestBody?.content['application/json']?.schema
    assert.deepEqual(bodySchema, { $ref: '#/components/schemas/CallBody' })
    assert.deepEqual(responses[201]?.content?.['application/json']?.schema, bodySchema)
    assert.equal(responses[201]?.description, 'Created')
  })

  it('offer both forms for a form, and one if it holds files', async () => {
    const plain = await printed({ form: z.object({ name: z.string() }) })
    assert.deepEqual(Object.keys(plain.requestBody?.content ?? {}), [
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ])
    const upload = await printed({ form: z.object({ file: z.file() }) })
    assert.deepEqual(Object.keys(upload.requestBody?.content ?? {}), ['multipart/form-data'])
  })

  const answers: { spec: OperationSpec; statuses: string[]; why: string }[] = [
    { spec: {}, statuses: ['200', '500'], why: 'nothing declared' },
    { spec: { responses: { 204: null } }, statuses: ['204', '500'], why: 'no body' },
    { spec: { responses: { 303: null } }, statuses: ['303', '500'], why: 'a redirect is no failure' },
    { spec: { responses: { 404: Money } }, statuses: ['200', '404', '500'], why: 'a failure alone' },
    { spec: { body: Money }, statuses: ['200', '400', '500'], why: 'a request that is checked may be refused' },
    { spec: { stream: Money }, statuses: ['200', '500'], why: 'a stream' },
  ]
  for (const { spec, statuses, why } of answers) {
    it(`list the statuses ${statuses.join()}: ${why}`, async () => {
      assert.deepEqual(Object.keys((await printed(spec)).responses), statuses)
    })
  }

  it('keep a declared 400 and 500', async () => {
    const { responses } = await printed({ body: Money, responses: { 400: Money, 500: Money } })
    assert.equal(responses[400]?.description, 'Bad Request')
    assert.equal(responses[500]?.description, 'Internal Server Error')
  })

  it('print a stream as server-sent events', async () => {
    const { responses } = await printed({ stream: z.object({ state: z.string() }) }, 'GET')
    assert.deepEqual(Object.keys(responses[200]?.content ?? {}), ['text/event-stream'])
  })

  it('describe errors in the form that the service answers with', async () => {
    const operations = [{ method: 'GET', path: '/x', spec: {} }]
    const typeOf = ({ components }: OpenApiDocument) =>
      Object.keys((components.responses?.Failed as { content: object } | undefined)?.content ?? {})
    assert.deepEqual(typeOf(await documentOf(operations)), ['application/problem+json'])
    assert.deepEqual(typeOf(await documentOf(operations, { errors: 'envelope' })), ['application/json'])
  })

  it('leave open what has no JSON Schema, and note it', async () => {
    const { requestBody } = await printed({ body: z.object({ at: z.date() }) })
    const schema = requestBody?.content['application/json']?.schema
    assert.deepEqual(schema?.properties, { at: {} })
    assert.match(String(schema?.$comment), /Date/)
    const { requestBody: unknown } = await printed({ body: v.string() })
    assert.match(String(unknown?.content['application/json']?.schema.description), /^Not described/)
  })
})

describe('components', () => {
  const plain = (schema: JsonSchema) => fromJsonSchema<unknown>(schema, () => [])
  const ofBodies = async (...bodies: OperationSpec['body'][]) => {
    const operations = bodies.map((body, index) => ({
      name: `call${index}`,
      method: 'POST',
      path: `/${index}`,
      spec: { ...(body !== undefined && { body }) },
    }))
    const { components, paths } = await documentOf(operations)
    const { FieldError: _, ProblemDetails: __, ...schemas } = components.schemas as Record<string, JsonSchema>
    const used = Object.values(paths).map(
      ({ post }) => (post as Operation).requestBody?.content['application/json']?.schema,
    )
    return { schemas, used }
  }

  it('hold what occurs twice, named for its first place', async () => {
    const { schemas, used } = await ofBodies(
      z.object({ total: Money }),
      z.object({ totals: z.array(Money), x: z.string() }),
    )
    assert.deepEqual(Object.keys(schemas), ['Call0BodyTotal'])
    const ref = { $ref: '#/components/schemas/Call0BodyTotal' }
    assert.deepEqual(used[0]?.properties, { total: ref })
    assert.deepEqual(used[1]?.properties, { totals: { type: 'array', items: ref }, x: { type: 'string' } })
  })

  it('hold no part that occurs only inside of one that occurs twice', async () => {
    const { schemas } = await ofBodies(z.object({ total: Money }), z.object({ total: Money }))
    assert.deepEqual(Object.keys(schemas), ['Call0Body'])
  })

  it('hold what has a title or an id', async () => {
    const titled = z.object({ a: z.string() }).meta({ title: 'new order' })
    const { schemas, used } = await ofBodies(
      titled,
      z.object({ inner: titled }),
      plain({ $id: 'https://example.org/schemas/line-item', type: 'object', properties: { b: {} } }),
    )
    assert.deepEqual(Object.keys(schemas), ['LineItem', 'NewOrder'])
    assert.equal(schemas.LineItem?.$id, undefined)
    assert.deepEqual(used[2], { $ref: '#/components/schemas/LineItem' })
  })

  it('number those that share a name and differ', async () => {
    const { schemas } = await ofBodies(
      z.object({ a: z.string() }).meta({ title: 'Thing' }),
      z.object({ b: z.string() }).meta({ title: 'Thing' }),
      z.object({ c: z.string() }).meta({ title: 'ProblemDetails' }),
    )
    assert.deepEqual(Object.keys(schemas), ['ProblemDetails2', 'Thing', 'Thing2'])
  })

  it('hold definitions, once for each that is the same whatever stands beside it', async () => {
    const definition = (name: string, type: string) => ({ [name]: { type: 'object', properties: { x: { type } } } })
    const { schemas, used } = await ofBodies(
      plain({ $ref: '#/$defs/A', $defs: definition('A', 'string') }),
      plain({
        anyOf: [{ $ref: '#/$defs/A' }, { $ref: '#/$defs/B' }],
        $defs: { ...definition('A', 'string'), ...definition('B', 'number') },
      }),
      plain({ $ref: '#/$defs/A', $defs: definition('A', 'boolean') }),
    )
    assert.deepEqual(Object.keys(schemas), ['A', 'A2', 'B'])
    assert.deepEqual(used[0], { $ref: '#/components/schemas/A' })
    assert.deepEqual(used[2], { $ref: '#/components/schemas/A2' })
  })

  it('hold what holds itself', async () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree)
      },
    })
    const { schemas, used } = await ofBodies(Tree, z.object({ tree: Tree }))
    assert.deepEqual(used[0], { $ref: '#/components/schemas/Call0Body' })
    assert.ok(JSON.stringify(schemas.Call0Body).includes('"items":{"$ref":"#/components/schemas/Call0Body"}'))
    assert.ok(!JSON.stringify(used).includes('$defs'))
  })

  it('do not take data for schemas', async () => {
    const { used } = await ofBodies(plain({ type: 'object', properties: { default: { enum: [{ $ref: '#' }] } } }))
    assert.deepEqual(used[0]?.properties, { default: { enum: [{ $ref: '#' }] } })
  })
})
