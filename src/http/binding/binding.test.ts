import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { z } from 'zod'
import { type AppOptions, createApp } from '../app.ts'
import type { AppRequestInit } from '../app-request.ts'
import type { AnyHandler, RouteSpec } from '../route.ts'

interface Fault {
  readonly in: string
  readonly path: string
  readonly rule: string
  readonly message: string
}

interface Problem {
  readonly code: string
  readonly errors: readonly Fault[]
  readonly data: { readonly errors: readonly Fault[] }
}

interface Bound {
  readonly body: unknown
  readonly form: unknown
}

/** A route with `spec`; by default it answers with everything that was bound. */
function appWith(spec: RouteSpec, handler?: AnyHandler, options?: AppOptions) {
  const app = createApp(options)
  const all: AnyHandler = ({ params, query, headers, cookies, body, form }) => ({
    params,
    query,
    headers,
    cookies,
    body,
    form,
  })
  app.post('/orders/:id', spec, handler ?? all)
  return {
    send: (path: string, init: AppRequestInit = {}) => app.request(path, { method: 'POST', ...init }),
    async bound(path: string, init: AppRequestInit = {}) {
      const answer = await app.request(path, { method: 'POST', ...init })
      const value = (await answer.json()) as Bound
      assert.equal(answer.status, 200, JSON.stringify(value))
      return value
    },
    async refused(path: string, init: AppRequestInit = {}) {
      const answer = await app.request(path, { method: 'POST', ...init })
      return { status: answer.status, headers: answer.headers, problem: (await answer.json()) as Problem }
    },
  }
}

describe('binding', () => {
  const everything: RouteSpec = {
    params: z.object({ id: z.coerce.number().int() }),
    query: z.object({ page: z.int().min(1), tags: z.array(z.string()).default([]), dry: z.boolean().default(false) }),
    headers: z.object({ 'x-tenant': z.string().min(2) }),
    cookies: z.object({ session: z.string() }),
    body: z.object({ sku: z.string().min(1), quantity: z.int().min(1).max(100) }),
  }

  it('gives what the schemas made of every part, strings coerced', async () => {
    const value = await appWith(everything).bound('/orders/7?page=2&tags=a&dry=true', {
      headers: { 'x-tenant': 'acme', cookie: 'session=s1' },
      body: { sku: 'gin', quantity: 2, ignored: true },
    })
    assert.deepEqual(value, {
      params: { id: 7 },
      query: { page: 2, tags: ['a'], dry: true },
      headers: { 'x-tenant': 'acme' },
      cookies: { session: 's1' },
      body: { sku: 'gin', quantity: 2 },
    })
  })

  it('collects every error of every part into one answer', async () => {
    const { status, problem } = await appWith(everything).refused('/orders/x?page=0&dry=maybe', {
      headers: { 'x-tenant': 'a' },
      body: { sku: '', quantity: 101 },
    })
    assert.equal(status, 400)
    assert.equal(problem.code, 'VALIDATION_FAILED')
    assert.deepEqual(
      problem.errors.map((error) => `${error.in}${error.path}`),
      ['params/id', 'query/page', 'query/dry', 'headers/x-tenant', 'cookies/session', 'body/sku', 'body/quantity'],
    )
    for (const error of problem.errors) {
      assert.equal(typeof error.rule, 'string')
      assert.notEqual(error.message, '')
    }
  })

  it('puts the errors into the envelope’s data', async () => {
    const { problem } = await appWith(everything, undefined, { errors: 'envelope' }).refused('/orders/x', { body: {} })
    assert.equal(problem.code, 'VALIDATION_FAILED')
    assert.ok(problem.data.errors.length > 3)
  })

  it('takes schemas of any library that speaks Standard Schema', async () => {
    const app = appWith({ body: v.object({ sku: v.pipe(v.string(), v.minLength(1)) }) })
    assert.deepEqual((await app.bound('/orders/7', { body: { sku: 'gin' } })).body, { sku: 'gin' })
    const { problem } = await app.refused('/orders/7', { body: { sku: '' } })
    assert.equal(problem.errors[0]?.path, '/sku')
  })

  it('awaits business rules', async () => {
    const taken = new Set(['ann'])
    const name = z.string().refine(async (text) => !taken.has(text), { message: 'the name is taken' })
    const app = appWith({ body: z.object({ name }) })
    assert.deepEqual((await app.bound('/orders/7', { body: { name: 'bob' } })).body, { name: 'bob' })
    const { status, problem } = await app.refused('/orders/7', { body: { name: 'ann' } })
    assert.equal(status, 400)
    assert.equal(problem.errors[0]?.message, 'the name is taken')
  })

  it('comes after the middleware: a caller without rights learns nothing about the schema', async () => {
    const app = createApp()
    app
      .group('', (c) => c.json({ code: 'NO' }, 401))
      .post('/orders', { body: z.object({ secret: z.string() }) }, () => 'ok')
    assert.equal((await app.request('/orders', { method: 'POST', body: {} })).status, 401)
  })

  it('does not run the handler when anything is wrong', async () => {
    let calls = 0
    const app = appWith({ body: z.object({ sku: z.string() }) }, () => {
      calls++
    })
    await app.refused('/orders/7', { body: { sku: 1 } })
    assert.equal(calls, 0)
  })

  it('is seen by layers that look after next(), as it is by the handler', async () => {
    const app = createApp()
    let seen: unknown
    app.use(async (c, next) => {
      await next()
      seen = c.body
    })
    app.post('/x', { body: z.object({ n: z.coerce.number() }) }, () => 'ok')
    await app.request('/x', { method: 'POST', body: { n: '7' } })
    assert.deepEqual(seen, { n: 7 })
  })
})

describe('a body', () => {
  const app = appWith({ body: z.unknown() })
  const json = 'application/json'

  const taken: { type: string; body: string; expected: unknown; why: string }[] = [
    { type: json, body: '{"a":1}', expected: { a: 1 }, why: 'JSON' },
    { type: 'application/json; charset=utf-8', body: '[1]', expected: [1], why: 'with its charset' },
    { type: 'Application/JSON;charset="UTF-8"', body: '1', expected: 1, why: 'in any case, quoted' },
    { type: 'application/merge-patch+json', body: '{}', expected: {}, why: 'types built on JSON' },
  ]
  for (const { type, body, expected, why } of taken) {
    it(`is taken as ${type}: ${why}`, async () => {
      const value = await app.bound('/orders/7', { headers: { 'content-type': type }, body })
      assert.deepEqual(value.body, expected)
    })
  }

  const refused: { type?: string; body: string | Uint8Array; status: number; code: string; why: string }[] = [
    { type: json, body: '{"a":1} x', status: 400, code: 'BAD_JSON', why: 'garbage follows' },
    { type: json, body: '', status: 400, code: 'BAD_JSON', why: 'JSON was announced and nothing came' },
    { type: json, body: new Uint8Array([0x22, 0xff, 0x22]), status: 400, code: 'BAD_UTF8', why: 'it is not UTF-8' },
    { type: json, body: '{"__proto__":{"a":1}}', status: 400, code: 'JSON_DANGEROUS_NAME', why: 'a dangerous name' },
    { type: json, body: '['.repeat(65) + ']'.repeat(65), status: 400, code: 'JSON_TOO_DEEP', why: 'it is too deep' },
    {
      type: 'application/json; charset=utf-16',
      body: '1',
      status: 415,
      code: 'CONTENT_TYPE_NOT_SUPPORTED',
      why: 'JSON is UTF-8',
    },
    { type: 'text/plain', body: '1', status: 415, code: 'CONTENT_TYPE_NOT_SUPPORTED', why: 'no codec knows it' },
    { type: 'application/jsonp', body: '1', status: 415, code: 'CONTENT_TYPE_NOT_SUPPORTED', why: 'it only begins so' },
    { type: '', body: '1', status: 415, code: 'CONTENT_TYPE_NOT_SUPPORTED', why: 'it has no type' },
  ]
  for (const { type = '', body, status, code, why } of refused) {
    it(`is refused with ${code} as '${type}': ${why}`, async () => {
      const answer = await app.refused('/orders/7', { headers: { 'content-type': type }, body })
      assert.equal(answer.status, status)
      assert.equal(answer.problem.code, code)
      if (status === 415) assert.equal(answer.headers.get('accept'), 'application/json')
    })
  }

  it('may be left out where the schema allows it', async () => {
    const optional = appWith({ body: z.object({ a: z.number() }).optional() }, (c) => c.body === undefined)
    assert.equal(await (await optional.send('/orders/7')).json(), true)
    assert.equal((await appWith({ body: z.object({}) }).refused('/orders/7')).problem.code, 'VALIDATION_FAILED')
  })

  it('of another format is read by a registered codec', async () => {
    const reversed = {
      contentType: 'text/x-reversed',
      decode(bytes: Uint8Array) {
        const text = new TextDecoder().decode(bytes)
        if (text === 'bad') throw new Error('unreadable')
        return [...text].reverse().join('')
      },
    }
    const withCodec = appWith({ body: z.string() }, undefined, { codecs: [reversed] })
    const headers = { 'content-type': 'text/x-reversed; v=1' }
    assert.equal((await withCodec.bound('/orders/7', { headers, body: 'abc' })).body, 'cba')
    const broken = await withCodec.refused('/orders/7', { headers, body: 'bad' })
    assert.equal(broken.status, 400)
    assert.equal(broken.problem.code, 'BAD_BODY')
    const unknown = await withCodec.refused('/orders/7', { headers: { 'content-type': 'text/y' }, body: 'x' })
    assert.equal(unknown.headers.get('accept'), 'application/json, text/x-reversed')
  })

  it('may be as large as the route says', async () => {
    const small = appWith({ body: z.string(), maxBodyBytes: 10 })
    assert.equal(
      (await small.bound('/orders/7', { body: '"12345678"', headers: { 'content-type': json } })).body,
      '12345678',
    )
    const { status, problem } = await small.refused('/orders/7', {
      body: '"123456789"',
      headers: { 'content-type': json },
    })
    assert.equal(status, 413)
    assert.equal(problem.code, 'BODY_TOO_LARGE')
  })
})

describe('a form', () => {
  const Form = z.object({ name: z.string(), age: z.int().optional(), tags: z.array(z.string()).default([]) })

  it('is read from urlencoded pairs, coerced as the schema asks', async () => {
    const value = await appWith({ form: Form }).bound('/orders/7', {
      body: new URLSearchParams([
        ['name', 'Ann & Bob'],
        ['age', '7'],
        ['tags', 'a'],
      ]),
    })
    assert.deepEqual(value.form, { name: 'Ann & Bob', age: 7, tags: ['a'] })
  })

  it('is read from multipart parts, files too', async () => {
    const Upload = z.object({ name: z.string(), age: z.int(), file: z.instanceof(File), tags: z.array(z.string()) })
    const body = new FormData()
    body.set('name', 'Ann')
    body.set('age', '7')
    body.append('tags', 'a')
    body.append('tags', 'b')
    body.set('file', new File(['hello'], '../../etc/passwd', { type: 'text/x' }))
    const app = createApp()
    app.post('/up', { form: Upload }, async ({ form }) => ({
      ...form,
      file: [form.file.name, form.file.type, await form.file.text()],
    }))
    const answer = await app.request('/up', { method: 'POST', body })
    assert.deepEqual(await answer.json(), {
      name: 'Ann',
      age: 7,
      tags: ['a', 'b'],
      file: ['passwd', 'text/x', 'hello'],
    })
  })

  it('reports fields like any other location', async () => {
    const { problem } = await appWith({ form: Form }).refused('/orders/7', {
      body: new URLSearchParams({ age: 'old' }),
    })
    assert.deepEqual(
      problem.errors.map((error) => `${error.in}${error.path}`),
      ['form/name', 'form/age'],
    )
  })

  const urlencoded = 'application/x-www-form-urlencoded'
  const refused: { type: string; body: string | Uint8Array; status: number; code: string; why: string }[] = [
    { type: urlencoded, body: 'name=%zz', status: 400, code: 'BAD_FORM', why: 'an escape is malformed' },
    { type: urlencoded, body: new Uint8Array([0xff]), status: 400, code: 'BAD_FORM', why: 'it is not UTF-8' },
    { type: urlencoded, body: 'a=&b=&c=&d=', status: 400, code: 'BAD_FORM', why: 'there are too many fields' },
    { type: 'application/json', body: '{}', status: 415, code: 'CONTENT_TYPE_NOT_SUPPORTED', why: 'it is no form' },
    { type: 'multipart/form-data', body: 'x', status: 415, code: 'CONTENT_TYPE_NOT_SUPPORTED', why: 'no boundary' },
    {
      type: 'multipart/form-data; boundary=b',
      body: '--b\r\n',
      status: 400,
      code: 'BAD_BODY',
      why: 'it ends too early',
    },
    {
      type: 'multipart/form-data; boundary=b',
      body: `${'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(4)}--b--`,
      status: 413,
      code: 'FORM_TOO_LARGE',
      why: 'there are too many fields',
    },
    {
      type: 'multipart/form-data; boundary=b',
      body: '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n123456789\r\n--b--',
      status: 413,
      code: 'FORM_TOO_LARGE',
      why: 'a field is too long',
    },
    {
      type: 'multipart/form-data; boundary=b',
      body: '--b\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\n123456789\r\n--b--',
      status: 413,
      code: 'FORM_TOO_LARGE',
      why: 'a file is too long',
    },
    {
      type: 'multipart/form-data; boundary=b',
      body: `${'--b\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\n1\r\n'.repeat(2)}--b--`,
      status: 413,
      code: 'FORM_TOO_LARGE',
      why: 'there are too many files',
    },
    {
      type: 'multipart/form-data; boundary=b',
      body: '--b\r\ncontent-disposition: form-data\r\n\r\n1\r\n--b--',
      status: 400,
      code: 'BAD_BODY',
      why: 'a part has no name',
    },
  ]
  for (const { type, body, status, code, why } of refused) {
    it(`is refused with ${code} as ${type}: ${why}`, async () => {
      const limits = { maxFields: 3, maxFieldBytes: 8, maxFiles: 1, maxFileBytes: 8 }
      const app = appWith({ form: z.unknown() }, undefined, { limits })
      const answer = await app.refused('/orders/7', { headers: { 'content-type': type }, body })
      assert.equal(answer.status, status)
      assert.equal(answer.problem.code, code)
    })
  }

  it('keeps dangerous names for names', async () => {
    const app = appWith({ form: z.unknown() }, (c) => {
      const form = c.form as Record<string, unknown>
      return [Reflect.get(form, '__proto__'), form.constructor ?? null, Reflect.get({}, 'x') ?? null]
    })
    const answer = await app.send('/orders/7', { body: new URLSearchParams({ __proto__x: '', ['__proto__']: 'p' }) })
    assert.deepEqual(await answer.json(), ['p', null, null])
  })
})
