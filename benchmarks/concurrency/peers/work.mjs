/** The work of the measurement, as Piscina wants it. */
import { createHash } from 'node:crypto'

// biome-ignore lint/style/noDefaultExport: Piscina asks for one.
export default (rounds) => {
  let digest = 'gin'
  for (let round = 0; round < rounds; round++) digest = createHash('sha256').update(digest).digest('hex')
  return digest
}
