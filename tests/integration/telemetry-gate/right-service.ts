/** A service whose telemetry is right: two routes, a route that fails now and then as it should, spans of its own. */
import { createService, traced } from 'genever'

const service = createService({ name: 'right' })
service.http.get('/items', (c) => traced('read', () => traced('decode', () => c.json({ items: [] }))))
service.http.get('/missing', (c) => traced('look', () => c.text('no such thing', 404)))
service.http.post('/items', async (c) =>
  traced('write', async () => {
    await c.raw.json()
    return traced('store', async () => c.json({ stored: true }, 201))
  }),
)
await service.run()
