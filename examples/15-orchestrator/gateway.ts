/** gateway: asks words, whose address it finds in its environment. */
import { createService } from 'genever'

const service = createService({ name: 'gateway' })
service.http.get('/hello/:name', async (c) => {
  const words = await fetch(`${process.env.WORDS_URL}/words`, { signal: c.signal })
  return c.text(`${await words.text()}, ${c.params.name}!`)
})
await service.run()
