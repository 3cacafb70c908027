/** Work for a thread: a module of its own, because the thread loads it and must not start the program again. */
import { createHash } from 'node:crypto'
import { defineWork } from 'genever/concurrency'

export const chainedHash = defineWork(
  import.meta.url,
  'chainedHash',
  ({ text, rounds }: { text: string; rounds: number }, context): string => {
    let digest = text
    for (let round = 0; round < rounds; round++) {
      if (round % 1_000 === 0) context.throwIfCancelled()
      digest = createHash('sha256').update(digest).digest('hex')
    }
    return digest
  },
)
