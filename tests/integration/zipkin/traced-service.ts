/** A service whose every request is six spans; its environment says where they go. */
import { createService, traced } from 'genever'

const service = createService({
  name: 'orders',
  telemetry: { batch: { maxBatchItems: 200, maxQueueBytes: 256 * 1024 } },
})
service.http.get('/orders/:id', async (c) => {
  for (const step of ['check', 'reserve', 'charge', 'pack', 'ship']) {
    await traced(step, { attributes: { step, note: 'x'.repeat(100) } }, async (span) => span.event('done'))
  }
  return c.json({ id: c.params.id })
})
await service.run()
