/**
 * TurnCork: commands that are given in one turn of the event loop leave in one write, as answers that came together make callers go on
 * together. A command alone waits for nothing: the turn ends before the loop goes on.
 */
import type { DriverClient } from './driver.ts'

export class TurnCork {
  #corked: DriverStream | undefined

  /** Before a command is given to `client`. */
  hold(client: DriverClient): void {
    if (this.#corked !== undefined) return
    // A cluster has a connection for each node, and no stream of its own.
    const stream = client.stream
    if (stream === undefined || stream === null) return
    this.#corked = stream
    stream.cork()
    process.nextTick(release, this)
  }

  /** @internal */
  release(): void {
    this.#corked?.uncork()
    this.#corked = undefined
  }
}

export interface DriverStream {
  cork(): void
  uncork(): void
  destroy(): void
}

function release(cork: TurnCork): void {
  cork.release()
}
