/** Pieces sent through a stream of `node:zlib`, both ways. */
import type { Transform } from 'node:stream'

/** Pieces from anywhere. */
type ByteSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>
type PieceIterator = AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array>

export interface TransformStep {
  readonly transform: Transform
  /** Called after each piece that went in, to get out what can be got out. */
  readonly flush?: () => void
}

/**
 * What comes out for what goes in. No more goes in than comes out is taken; ending the iteration ends `source` at once.
 * Nothing is made before the first piece is asked for.
 *
 * @throws what `source` or the transform throws.
 */
export async function* throughTransform(
  source: ByteSource,
  makeStep: () => TransformStep,
): AsyncGenerator<Uint8Array, void> {
  const pieces = iteratorOf(source)
  const step = makeStep()
  const feeding = feed(pieces, step)
  // Awaited below; until then a rejection must not count as unhandled.
  feeding.catch(() => {})
  try {
    for await (const piece of step.transform as AsyncIterable<Uint8Array>) yield piece
    await feeding
  } finally {
    step.transform.destroy()
    Promise.resolve(pieces.return?.()).catch(() => {})
  }
}

export function iteratorOf(source: ByteSource): PieceIterator {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
}

async function feed(pieces: PieceIterator, { transform, flush }: TransformStep): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await pieces.next()
      if (transform.destroyed) return
      if (done === true) return void transform.end()
      // Copied: the owner of a piece may reuse it once the next one is asked for.
      const isRoomy = transform.write(Buffer.from(value as Uint8Array))
      flush?.()
      if (!isRoomy) await drained(transform)
    }
  } catch (error) {
    transform.destroy(error instanceof Error ? error : new Error('the source failed', { cause: error }))
  }
}

function drained(transform: Transform): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      transform.off('drain', settle).off('close', settle)
      resolve()
    }
    transform.on('drain', settle).on('close', settle)
  })
}
