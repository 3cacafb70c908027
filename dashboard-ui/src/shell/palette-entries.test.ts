import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRoute, pages } from '../routing/pages.ts'
import { paletteEntries } from './palette-entries.ts'

const services = ['gateway', 'orders']
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('the palette', () => {
  const rows = [
    { text: 'topo', first: '/topology', why: 'the beginning of a page' },
    { text: 'ord', first: '/services/orders', why: 'a service' },
    { text: 'gwl', first: '/logs?service=gateway', why: 'letters in order' },
    { text: ` ${traceId.toUpperCase()} `, first: `/traces/${traceId}`, why: 'a trace id, as it was copied' },
    { text: 'no such thing 1', first: '/logs?text=no+such+thing+1', why: 'anything else is searched for in the logs' },
  ]
  for (const { text, first, why } of rows) {
    it(`offers ${first} for “${text}”: ${why}`, () => assert.equal(paletteEntries(text, services)[0]?.href, first))
  }

  it('offers every page before anything is written', () => {
    const offered = paletteEntries('', services).map(({ href }) => href)
    for (const { path } of pages) assert.ok(offered.includes(path), path)
  })
})

describe('routes of the app', () => {
  it('has a key of its own for each page, and a route', () => {
    assert.equal(new Set(pages.map(({ key }) => key)).size, pages.length)
    for (const { path } of pages) assert.ok(findRoute(path), path)
  })

  const rows = [
    { path: '/', pattern: '/services', params: {}, why: 'the first page' },
    { path: '/services/a%2Fb', pattern: '/services/:name', params: { name: 'a/b' }, why: 'names are encoded' },
    {
      path: '/traces/1/compare/2',
      pattern: '/traces/:left/compare/:right',
      params: { left: '1', right: '2' },
      why: 'two parameters',
    },
    { path: '/traces/%', pattern: '/traces/:traceId', params: { traceId: '%' }, why: 'what cannot be decoded stays' },
  ]
  for (const { path, pattern, params, why } of rows) {
    it(`${path} is ${pattern}: ${why}`, () => {
      const found = findRoute(path)
      assert.equal(found?.route.pattern, pattern)
      assert.deepEqual(found?.params, params)
    })
  }

  it('knows what is nowhere', () => assert.equal(findRoute('/nowhere'), undefined))
})
