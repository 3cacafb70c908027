/** Where in a user's code a call into this folder was made. */

/** Frames of these are between a user's code and the wait: `…/src/concurrency/`, the context that runs tasks, and the runtime. */
const between = [
  decodeURIComponent(new URL('..', import.meta.url).pathname),
  decodeURIComponent(new URL('../../foundation/context/', import.meta.url).pathname),
  'node:',
  'native:',
]

export function callSite(): string {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 30
  const stack = new Error().stack ?? ''
  Error.stackTraceLimit = limit
  return siteIn(stack)
}

/**
 * The innermost frame of a user; tests of this folder are users too. Bun has no frame for a function whose last act was the call,
 * and then it is the one that started the task. In a bundle all frames look alike, so the outermost serves.
 */
function siteIn(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s*at /.test(line) && /:\d+\)?$/.test(line))
  const foreign = frames.find((frame) => frame.includes('.test.') || !between.some((place) => frame.includes(place)))
  return (foreign ?? frames.at(-1) ?? 'at an unknown place').trim()
}
