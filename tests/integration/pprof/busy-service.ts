/** A service that uses its processor in one function, and its memory in another one, when it is asked to. */
import { createService } from 'genever'

const kept: unknown[][] = []

function useTheProcessor(): number {
  let sum = 0
  for (const end = performance.now() + 40; performance.now() < end; ) for (let i = 0; i < 1e4; i++) sum += Math.sqrt(i)
  return sum
}

function keepMemory(): number {
  for (let i = 0; i < 20; i++) kept.push(new Array(5_000).fill(i))
  return kept.length
}

const service = createService({ name: 'busy' })
service.http.get('/work', (c) => c.json({ sum: useTheProcessor(), kept: keepMemory(), pid: process.pid }))
await service.run()
