/**
 * Last word: a failure that was repeated here is not to be repeated by those who called us, or attempts multiply from hop to hop. Only the
 * layer right above the one that fails asks again (Google: "Site Reliability Engineering", chapter 22).
 *
 *   C fails ─▶ B asks C again, and gives up ─▶ B answers with `x-should-retry: false` ─▶ A throws an error that is not retryable
 *
 * The field says `true` where nothing was done for the request, as at the door of a service. It is what some vendors' clients
 * look at already. The fact is kept beside the error, which is thrown on unchanged.
 */
export const shouldRetryHeader = 'x-should-retry'

/** Errors with a cause that has a cause …: what lies deeper has been forgotten on purpose. */
const maxDepth = 8

const lastWords = new WeakSet<Error>()

/** Whoever could repeat the call has given up. */
export function noteLastWord(thrown: unknown): void {
  if (thrown instanceof Error) lastWords.add(thrown)
}

/** Whether somebody here gave up on it, or on what it was made of. */
export function isLastWord(thrown: unknown): boolean {
  let error = thrown
  for (let depth = 0; depth < maxDepth && error instanceof Error; depth++) {
    if (lastWords.has(error)) return true
    error = error.cause
  }
  return false
}
