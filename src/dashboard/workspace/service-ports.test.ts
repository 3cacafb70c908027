import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createService } from '../../service/service.ts'
import { MemorySpans } from '../../telemetry/exporters/memory-spans.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { AdminClient } from './admin-client.ts'
import { objectivesIn } from './objectives.ts'
import { TryClient } from './try-client.ts'

async function started() {
  const spans = new MemorySpans()
  const slo = { availability: 0.99 }
  const service = createService({ name: 'orders', log: noopLogger, slo, telemetry: { traces: { exporter: spans } } })
  service.http.get('/orders', (c) => c.json({ ok: true }))
  return { spans, running: await service.start() }
}

describe('what the dashboard asks of a service', () => {
  it('for itself leaves no span behind, so that nobody is drawn who calls; a visitor’s request does', async () => {
    const { spans, running } = await started()
    const tries = new TryClient()
    assert.equal((await tries.document(`${running.url}/openapi.json`)).status, 200)
    const { traceId } = await tries.send(running.url, { method: 'GET', path: '/orders' })
    await running.stop()
    assert.deepEqual(
      spans.records.map(({ name, context }) => [name, context.traceId]),
      [['GET /orders', traceId]],
    )
  })

  it('are its objectives, from /slo', async () => {
    const { running } = await started()
    const admin = new AdminClient(undefined)
    for (let i = 0; i < 4; i++) await (await fetch(`${running.url}/orders`)).text()
    const objectives = objectivesIn('orders', await admin.slo(running.adminUrl))
    assert.deepEqual(
      objectives.map(({ service, objective, target, requests, failures, remaining, isBurning }) => {
        return { service, objective, target, requests, failures, remaining, isBurning }
      }),
      [
        {
          service: 'orders',
          objective: 'availability',
          target: 0.99,
          requests: 4,
          failures: 0,
          remaining: 1,
          isBurning: false,
        },
      ],
    )
    await running.stop()
    assert.equal(await admin.slo(running.adminUrl), null, 'of one that is gone there are none')
    assert.deepEqual(objectivesIn('orders', null), [])
    admin.close()
  })
})
