/** The catalogue before an inventory that answers when it is told to. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { client, createService, type RunningService } from 'genever'
import { inventoryApi } from '../inventory/api.ts'
import { until } from '../kit/test-shop.ts'
import { Catalogue } from './catalogue.ts'

describe('Catalogue', () => {
  const inventory = createService({ name: 'inventory' })
  let asked: string[] = []
  let answers = Promise.withResolvers<void>()
  inventory.http.get('/products', async (c) => {
    asked.push(new URL(c.url, 'http://inventory').search)
    await answers.promise
    return { items: [], next: null }
  })
  let running: RunningService
  let catalogue: Catalogue

  before(async () => {
    running = await inventory.start()
    catalogue = new Catalogue(client(inventoryApi, { url: running.url, policies: [] }))
  })
  beforeEach(() => {
    asked = []
    answers = Promise.withResolvers()
  })
  after(() => running.stop())

  it('asks once for all who look at the same shelf at the same time', async () => {
    const looks = Array.from({ length: 20 }, () => catalogue.list({ category: 'gin' }))
    const another = catalogue.list({ category: 'tools' })
    await until('both shelves are asked for', async () => asked.length === 2)
    answers.resolve()
    for (const { value, ageMs } of await Promise.all([...looks, another]))
      assert.deepEqual([value.items, ageMs], [[], 0])
    assert.deepEqual(asked.toSorted(), ['?category=gin', '?category=tools'])
  })

  it('asks anew for who looks later', async () => {
    answers.resolve()
    await catalogue.list({ category: 'gin' })
    await catalogue.list({ category: 'gin' })
    assert.equal(asked.length, 2)
  })
})
