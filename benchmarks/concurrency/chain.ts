/** The same work as in peers/work.mjs, as Genever wants it. */
import { createHash } from 'node:crypto'
import { defineWork, type Work } from 'genever/concurrency'

export const chain: Work<number, string> = defineWork(import.meta.url, 'chain', (rounds: number) => {
  let digest = 'gin'
  for (let round = 0; round < rounds; round++) digest = createHash('sha256').update(digest).digest('hex')
  return digest
})
