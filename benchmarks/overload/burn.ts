/**
 * Work that holds the CPU: the same number of steps each time, found out once. A loop that watches the clock would do less
 * whenever somebody else has the core.
 *
 * It goes in small pieces, as work of real programs does: a loop of many milliseconds in one call falls out of V8's
 * optimised code after a while, and takes six times as long.
 */

const pieceSteps = 10_000
const samples = 2_000
const piecesPerSample = 10

/** A function that takes `ms` of this core when nobody else wants it. */
export function burnFor(ms: number): () => number {
  let bestMs = Number.POSITIVE_INFINITY
  for (let sample = 0; sample < samples; sample++) {
    const startMs = performance.now()
    burn(piecesPerSample)
    bestMs = Math.min(bestMs, performance.now() - startMs)
  }
  const pieces = Math.round((piecesPerSample / bestMs) * ms)
  return () => burn(pieces)
}

function burn(pieces: number): number {
  let x = 1
  for (let piece = 0; piece < pieces; piece++) x = spin(x, pieceSteps)
  return x
}

function spin(start: number, steps: number): number {
  let x = start
  for (let step = 0; step < steps; step++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0
  return x
}
