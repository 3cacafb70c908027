/** Whatever a client sends, it is the client's mistake: never a 5xx, never a hang, nothing polluted. Seeds are printed on failure. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { createApp } from './app.ts'
import { compressReply } from './negotiation/compression.ts'

const numRuns = 300

function everythingOn() {
  const app = createApp({
    trustedProxies: ['loopback'],
    requestEncodings: ['gzip', 'deflate', 'br', 'zstd'],
    cookieKeys: ['k'.repeat(32)],
    limits: { maxQueryPairs: 8, maxCookies: 4, maxFields: 4, maxFieldBytes: 32, maxFiles: 2, maxFileBytes: 64 },
  })
  app.use(async (c, next) => {
    await next()
    return compressReply(c, { minBytes: 0 })
  })
  const Anything = z.record(z.string(), z.unknown())
  const head = { query: Anything, cookies: Anything, headers: Anything, params: Anything }
  app.get('/head/:id', head, (c) => [c.query, c.cookies, c.headers, c.params, c.ip, c.host, c.scheme, c.url])
  app.get('/signed', (c) => c.raw.signedCookie('a') ?? 'none')
  app.post('/body', { body: z.unknown() }, (c) => ({ body: c.body }))
  app.post('/form', { form: Anything }, (c) => Object.keys(c.form))
  return app
}

/** Text that can stand in a header field. */
const fieldText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
/** Pieces that mean something somewhere, so that the interesting places are reached. */
const meaningful = fc.constantFrom(
  ...[
    '=',
    ';',
    ',',
    '"',
    '\\',
    '%',
    '%41',
    '%zz',
    '__proto__',
    'constructor',
    'for=',
    '[::1]',
    '127.0.0.1',
    'unknown',
    'q=0',
    '*',
    'gzip',
    '--b',
    '\r\n',
    'name="a"',
  ],
)
const field = fc
  .array(fc.oneof(fieldText, meaningful), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll('\r\n', ' ').trim())
const target = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})

describe('an app with everything on', () => {
  const app = everythingOn()

  async function statusOf(path: string, init: Parameters<typeof app.request>[1]): Promise<number> {
    const answer = await app.request(path, init)
    await answer.arrayBuffer()
    return answer.status
  }

  it('survives any target', async () => {
    const property = fc.asyncProperty(target, async (text) => {
      assert.ok((await statusOf(`/head/${text.replaceAll('#', '')}`, {})) < 500)
    })
    await fc.assert(property, { numRuns })
  })

  const headers = ['cookie', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'accept-encoding']
  for (const name of headers) {
    it(`survives any ${name}`, async () => {
      const property = fc.asyncProperty(field, async (value) => {
        const init = { headers: { [name]: value } }
        for (const path of ['/head/1', '/signed']) assert.ok((await statusOf(path, init)) < 500)
      })
      await fc.assert(property, { numRuns })
    })
  }

  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'multipart/form-data; boundary=""',
    'text/plain; charset=utf-16',
  ]
  it('survives any body of any type', async () => {
    const text = fc.array(fc.oneof(fc.string(), meaningful, fc.json()), { maxLength: 8 }).map((parts) => parts.join(''))
    const body = fc.oneof(fc.uint8Array({ maxLength: 200 }), text)
    const encoding = fc.constantFrom('', 'identity', 'gzip', 'br', 'zstd', 'deflate', 'compress')
    const property = fc.asyncProperty(body, fc.constantFrom(...types), encoding, async (body, type, encoding) => {
      const init = { method: 'POST', headers: { 'content-type': type, 'content-encoding': encoding }, body }
      for (const path of ['/body', '/form']) assert.ok((await statusOf(path, init)) < 500)
    })
    await fc.assert(property, { numRuns })
  })

  it('survives any part of a multipart form', async () => {
    const part = fc
      .tuple(field, field, fc.string())
      .map(([disposition, type, content]) =>
        [`--b\r\ncontent-disposition: form-data; ${disposition}`, `content-type: ${type}`, '', content, ''].join(
          '\r\n',
        ),
      )
    const property = fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.boolean(), async (parts, isClosed) => {
      const body = parts.join('') + (isClosed ? '--b--' : '')
      const init = { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body }
      assert.ok((await statusOf('/form', init)) < 500)
    })
    await fc.assert(property, { numRuns })
  })

  it('was never polluted', () => assert.deepEqual(Object.keys(Object.prototype), []))
})
