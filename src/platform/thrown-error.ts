/** What was thrown, as an Error: JavaScript lets anything be thrown. */
export function errorFrom(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('What was thrown is not an Error.', { cause: thrown })
}
