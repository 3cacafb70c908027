/**
 * checkLeaks: a body of a test, and the proof that nothing it started still runs or waits.
 *
 *   body ─▶ ended ─▶ some turns of the event loop ─▶ is anything pending? ──yes──▶ LEAK_FOUND, with the place of each beginning
 *                                                         └─no─▶ the body's result
 */
import { type Pending, type PendingWatch, watchPending } from '../concurrency/pending-watch.ts'
import { nextTurn } from '../concurrency/sleep.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'

/** What has been told to end may need some turns to do so. */
const patienceTurns = 10

/** @throws ServiceError LEAK_FOUND; what the body throws. */
export async function checkLeaks<T>(body: () => T | Promise<T>): Promise<T> {
  const watch = watchPending()
  try {
    const result = await body()
    const left = await whatIsLeft(watch)
    if (left.length > 0) throw leakFound(left)
    return result
  } finally {
    watch.stop()
  }
}

async function whatIsLeft(watch: PendingWatch): Promise<Pending[]> {
  for (let turn = 0; turn < patienceTurns && watch.pending().length > 0; turn++) await nextTurn()
  return watch.pending()
}

function leakFound(left: readonly Pending[]): ServiceError {
  const lines = left.map(({ what, site }) => `  ${what} ${site}`)
  return new ServiceError(
    'LEAK_FOUND',
    `${left.length === 1 ? 'One thing still runs or waits' : `${left.length} things still run or wait`} that the body started; it must end, or be cancelled:\n${lines.join('\n')}`,
  )
}
