/** Who does not await a promise must not bring the process down when a peer goes away; who awaits it is told all the same. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
