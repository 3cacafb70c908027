/** The process that started this one with `spawnProcess`: messages to and from it, and the news that it is gone. */

/** How often to look whether the parent is still the same, where there is no channel whose end would tell at once. */
const pollMs = 1_000

/** Resolves when the last message has left this process. */
let lastSent: Promise<void> = Promise.resolve()

/** Sends a JSON value to the parent. False if it opened no channel or is gone. */
export function sendToParent(message: unknown): boolean {
  if (!process.connected) return false
  lastSent = new Promise((resolve) => void process.send?.(message, undefined, undefined, () => resolve()))
  return true
}

/** Calls `listener` with each message. The process stays alive while it listens. Returns its own unsubscribe. */
export function onParentMessage(listener: (message: unknown) => void): () => void {
  process.on('message', listener)
  return () => process.off('message', listener)
}

/** Closes the channel once everything sent has left; then it no longer keeps this process alive. Await it before an exit. */
export async function leaveParent(): Promise<void> {
  await lastSent
  if (process.connected) process.disconnect?.()
}

/**
 * Calls `listener` once when the parent has ended, be it by SIGKILL: at once if it opened a message channel, else
 * within a second. A parent that ended before this call is noticed by its channel only. It does not keep the process alive. Returns its own unsubscribe.
 */
export function onParentGone(listener: () => void): () => void {
  const parent = process.ppid
  const tell = (): void => {
    stop()
    listener()
  }
  const poll = setInterval(() => {
    if (process.ppid !== parent) tell()
  }, pollMs)
  const stop = (): void => {
    clearInterval(poll)
    process.off('disconnect', tell)
  }
  poll.unref()
  if (process.connected) {
    process.on('disconnect', tell)
    // The listener alone would hold the process.
    if (process.listenerCount('message') === 0) process.channel?.unref()
  }
  return stop
}
