/**
 * OrphanGuard: loaded into a program before its own first line; ends it when whoever started it is gone.
 *
 * The parent's death, even by SIGKILL, closes the message channel. The program is then told to stop as usual, and ends at
 * the latest when the grace period is over.
 */
import { onParentGone } from './parent-process.ts'

const graceMs = 8_000

onParentGone(() => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), graceMs).unref()
})
