/**
 * Refresher: does a piece of work whenever it is asked, one at a time and not too often.
 *
 *   idle ──ask──▶ working ──done──▶ resting ──gap over──▶ idle
 *                    └─ask─▶ once more, after the rest      however often it was asked
 */

export interface Refresher {
  ask(): void
  /** What is under way is given up. */
  stop(): void
}

export interface RefresherOptions {
  /** From the beginning of one to that of the next. */
  readonly leastGapMs?: number
}

export function refresher(
  work: (signal: AbortSignal) => Promise<void>,
  { leastGapMs = 1_000 }: RefresherOptions = {},
): Refresher {
  const end = new AbortController()
  let isBusy = false
  let isAsked = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const run = async (): Promise<void> => {
    isBusy = true
    isAsked = false
    const begunMs = performance.now()
    await work(end.signal).catch(() => undefined)
    if (end.signal.aborted) return
    timer = setTimeout(rested, Math.max(0, begunMs + leastGapMs - performance.now()))
  }
  const rested = (): void => {
    isBusy = false
    if (isAsked) void run()
  }
  return {
    ask() {
      if (isBusy) isAsked = true
      else if (!end.signal.aborted) void run()
    },
    stop() {
      end.abort()
      clearTimeout(timer)
    },
  }
}
