/** A service to look at. The commands load it, but nothing is started. */
import { createService } from 'genever'

const service = createService({ name: 'tea', slo: { availability: 0.999 } })
service.http.get('/teas/:id', (c) => c.json({ id: c.params.id }))
service.http.delete('/teas/:id', (c) => c.noContent())
await service.run()
