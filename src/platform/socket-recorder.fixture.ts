/** Records what happens on the sockets of one listener or of one connection, for tests that wait for it. */
import type { Socket, SocketHandlers } from './socket.ts'

export class SocketRecorder {
  /** `open`, `data` (once for a run of them), `peerEnd`, `close`. */
  readonly events: string[] = []
  /** As Latin-1 text. */
  text = ''
  bytes = 0
  drains = 0
  error: Error | undefined
  readonly handlers: SocketHandlers<unknown>
  readonly #waiting = new Set<() => void>()
  #socket: Socket<unknown> | undefined

  /** `overrides` run after the recording, in place of doing nothing. */
  constructor(overrides: Partial<SocketHandlers<unknown>> = {}) {
    this.handlers = {
      open: (socket) => {
        this.#socket = socket
        this.#record('open')
        overrides.open?.(socket)
      },
      data: (socket, bytes) => {
        this.text += this.bytes < 1_000_000 ? Buffer.from(bytes).toString('latin1') : ''
        this.bytes += bytes.length
        this.#record('data')
        overrides.data?.(socket, bytes)
      },
      fellBehind: (socket) => overrides.fellBehind?.(socket),
      drained: (socket) => {
        this.drains++
        this.#wake()
        overrides.drained?.(socket)
      },
      peerEnd: (socket) => {
        this.#record('peerEnd')
        overrides.peerEnd?.(socket)
      },
      close: (socket, error) => {
        this.error = error
        this.#record('close')
        overrides.close?.(socket, error)
      },
    }
  }

  /** The socket that was opened last. */
  get socket(): Socket<unknown> {
    if (this.#socket === undefined) throw new Error('no socket was opened yet')
    return this.#socket
  }

  get isClosed(): boolean {
    return this.events.includes('close')
  }

  /** Resolves as soon as `condition` holds; it is looked at after every event. */
  async until(condition: (recorder: SocketRecorder) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #record(event: string): void {
    if (event !== 'data' || this.events.at(-1) !== 'data') this.events.push(event)
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
