/** words: knows how to greet. */
import { createService } from 'genever'

const service = createService({ name: 'words' })
service.http.get('/words', (c) => c.text('Hello'))
await service.run()
