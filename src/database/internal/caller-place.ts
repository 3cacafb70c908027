/**
 * callerPlace: the file and line of the program that awaits what runs now, found after the fact.
 *
 * A runtime keeps who awaits whom: a stack made after the answer came shows it, and a query that was fast enough pays nothing.
 */

/** Frames of ours: everything below this folder's parent. In a bundle all frames are, so that nothing wrong is said. */
const ownSources = folderOf(import.meta.url.replace(/\/database\/internal\/[^/]*$/, '/'))
const otherFrames = /node_modules[\\/](?:kysely|drizzle-orm)[\\/]|^node:|^native(?:$|:)|\[native code\]/
/** Kysely and a chain of nested transactions stand between us and the caller. */
const deepestFrame = 60

/** `orders.ts:12`, with its folder; undefined where the runtime does not know who awaits. */
export function callerPlace(): string | undefined {
  const errors = Error as { stackTraceLimit?: number }
  const { stackTraceLimit: before } = errors
  errors.stackTraceLimit = deepestFrame
  const { stack = '' } = new Error('who asks')
  if (before !== undefined) errors.stackTraceLimit = before
  return placeIn(stack, ownSources)
}

/** The first frame that is neither below `own` nor in a library that we call. */
export function placeIn(stack: string, own: string): string | undefined {
  for (const line of stack.split('\n').slice(1)) {
    const [, file, row] = /(?:\(|at (?:async )?)((?:file:\/\/)?[^()\s]*[^():\s]):(\d+):\d+\)?$/.exec(line) ?? []
    if (file === undefined) continue
    const path = file.replace(/^file:\/\//, '')
    if (!path.startsWith(own) && !otherFrames.test(path)) return `${path}:${row}`
  }
  return undefined
}

function folderOf(url: string): string {
  return url.startsWith('file://') ? decodeURIComponent(new URL('.', url).pathname) : url
}
