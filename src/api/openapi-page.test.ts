import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { openApiDocument } from './openapi.ts'
import { openApiPage } from './openapi-page.ts'

const hostile = '</script><script>alert(1)</script><!-- & " \u2028'
const document = openApiDocument(
  [{ name: 'place', method: 'POST', path: '/orders', spec: { summary: hostile, body: z.object({ sku: z.string() }) } }],
  { title: hostile, version: hostile, description: hostile },
)

const element = (html: string, pattern: RegExp) => pattern.exec(html)?.[1] ?? assert.fail(`no ${pattern}`)
const scriptOf = (html: string) => element(html, /<script>(.*?)<\/script>/s)
const styleOf = (html: string) => element(html, /<style>(.*?)<\/style>/s)
const documentIn = (html: string) => element(html, /<script type="application\/json" id="document">(.*?)<\/script>/s)

describe('the OpenAPI page', () => {
  const { html, contentSecurityPolicy } = openApiPage(document)

  it('holds the document, whatever it says', () => {
    assert.deepEqual(JSON.parse(documentIn(html)), JSON.parse(JSON.stringify(document)))
  })

  it('lets nothing in the document become markup', () => {
    assert.equal(html.match(/<script/g)?.length, 2)
    assert.ok(!html.includes('<!--'))
    assert.doesNotMatch(scriptOf(html), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/)
  })

  it('allows its own style and program by their hashes, and nothing else', () => {
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    assert.ok(contentSecurityPolicy.includes(`script-src ${hash(scriptOf(html))};`))
    assert.ok(contentSecurityPolicy.includes(`style-src ${hash(styleOf(html))};`))
    assert.match(contentSecurityPolicy, /^default-src 'none'; .*connect-src 'self'; base-uri 'none'/)
    assert.doesNotMatch(html.replace(documentIn(html), ''), / style=| on[a-z]+=/)
  })

  it('may call the servers of the document', () => {
    const servers = [{ url: 'https://orders.example/api' }, { url: '/v1' }, { url: 'https://orders.example/v2' }]
    const policy = openApiPage({ ...document, servers }).contentSecurityPolicy
    assert.match(policy, /connect-src 'self' https:\/\/orders\.example;/)
  })

  it('loads nothing from elsewhere', () => {
    const page = html.replace(documentIn(html), '')
    assert.doesNotMatch(page, /<link|<img|<iframe|@import|url\(|src=/)
    const addresses = page.match(/https?:\/\/[^'"\s]+/g) ?? []
    assert.deepEqual(addresses, ['https://example.org'], 'an example for values of format uri')
  })

  it('is a program that parses, in a page of at most 30 kB', () => {
    assert.doesNotThrow(() => new Function(scriptOf(html)))
    assert.ok(Buffer.byteLength(html.replace(documentIn(html), '')) <= 30_000)
  })
})
