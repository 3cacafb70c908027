import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createService } from '../service/service.ts'
import { testService } from './test-service.ts'

describe('testService', () => {
  it('runs a service for the time of a scope', async () => {
    const service = createService({ name: 'orders' })
    service.http.get('/orders/:id', (c) => c.json({ id: c.params.id }))
    let url = ''
    {
      await using orders = await testService(service)
      url = orders.url
      assert.deepEqual(await (await orders.fetch('/orders/17')).json(), { id: '17' })
      assert.equal((await orders.fetchAdmin('/readyz')).status, 200)
    }
    await assert.rejects(fetch(url))
  })

  it('keeps what the service logs', async () => {
    const service = createService({ name: 'orders' })
    const log = service.log.child({ part: 'relay' })
    service.http.get('/', (c) => {
      log.info('looked up', { rows: 3 })
      return c.text('ok')
    })
    await using orders = await testService(service)
    await orders.fetch('/')
    const [record] = orders.logs.filter(({ message }) => message === 'looked up')
    assert.deepEqual([record?.part, record?.rows], ['relay', 3])
  })

  it('says how the service ended, once', async () => {
    const service = createService({ name: 'orders' })
    await using orders = await testService(service)
    const report = await orders.stop()
    assert.deepEqual(report, { droppedRequests: 0, failures: [] })
    assert.deepEqual(await orders.stopped, report)
  })
})
