/**
 * Standard output as a sink: lines are gathered for one turn of the event loop and written together.
 *
 *   write ─▶ pending ─full─▶ chunks ─▶ output
 *               └─end of the turn──┘     └─ takes nothing now ─▶ again in 10 ms, until the queue is full: then lines drop
 *
 * Each chunk holds whole lines and is small enough to arrive in one piece, so that processes that share a pipe do not
 * tear each other's lines. On exit everything is written, however the process ends, unless it is killed.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { type LogOutput, openLogOutput } from '../../platform/log-output.ts'
import type { LogSink } from '../log-sink.ts'

export interface StdoutSinkOptions {
  readonly output?: LogOutput
  readonly clock?: Clock
  /** Bytes that may wait for a slow reader before lines are dropped; default 16 MiB. */
  readonly maxQueuedBytes?: number
  /** Longest time that the end of the process waits for a slow reader; default 1,000. */
  readonly exitWaitMs?: number
}

const retryMs = 10

let shared: LogSink | undefined

/** The process's standard output; without options always the same one, so that all loggers share its queue. */
export function stdoutSink(options?: StdoutSinkOptions): LogSink {
  if (options !== undefined) return new StdoutSink(options)
  shared ??= new StdoutSink({})
  return shared
}

class StdoutSink implements LogSink {
  readonly #output: LogOutput
  readonly #clock: Clock
  readonly #maxQueuedBytes: number
  readonly #exitWaitMs: number
  /** Lines of the chunk being filled. */
  #pending = ''
  #pendingBytes = 0
  /** Full chunks, oldest first. */
  readonly #chunks: Uint8Array[] = []
  #queuedBytes = 0
  #isScheduled = false
  #isClosed = false

  constructor({
    output = openLogOutput(),
    clock = systemClock,
    maxQueuedBytes = 16 * 1024 * 1024,
    exitWaitMs = 1_000,
  }: StdoutSinkOptions) {
    this.#output = output
    this.#clock = clock
    this.#maxQueuedBytes = maxQueuedBytes
    this.#exitWaitMs = exitWaitMs
    output.onExit(() => this.#drain())
  }

  write(line: string): boolean {
    const bytes = Buffer.byteLength(line)
    if (this.#isClosed || this.#queuedBytes + bytes > this.#maxQueuedBytes) return false
    if (this.#pendingBytes + bytes > this.#output.wholeWriteBytes) this.#seal()
    this.#pending += line
    this.#pendingBytes += bytes
    this.#queuedBytes += bytes
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#onTurnEnd)
    }
    return true
  }

  flush(): void {
    this.#seal()
    while (this.#chunks.length > 0 && this.#writeChunk());
  }

  readonly #onTurnEnd = (): void => {
    this.flush()
    this.#isScheduled = this.#chunks.length > 0
    if (this.#isScheduled) this.#clock.schedule(retryMs, this.#onTurnEnd)
  }

  #seal(): void {
    if (this.#pendingBytes === 0) return
    this.#chunks.push(Buffer.from(this.#pending))
    this.#pending = ''
    this.#pendingBytes = 0
  }

  /** Whether the output took something of the oldest chunk. */
  #writeChunk(): boolean {
    const chunk = this.#chunks[0] as Uint8Array
    const written = this.#tryWrite(chunk)
    if (written === 0) return false
    this.#queuedBytes -= written
    if (written === chunk.byteLength) this.#chunks.shift()
    else this.#chunks[0] = chunk.subarray(written)
    return true
  }

  #tryWrite(chunk: Uint8Array): number {
    try {
      return this.#output.write(chunk)
    } catch (error) {
      // A full pipe or disk may empty again; from any other failure there is no way back, and nowhere to report it.
      if (!isPassing(error)) this.#giveUp()
      return 0
    }
  }

  #giveUp(): void {
    this.#isClosed = true
    this.#chunks.length = 0
    this.#queuedBytes = 0
  }

  /** The process ends: keep trying for a while, since there is no later. */
  #drain(): void {
    this.flush()
    for (let waitedMs = 0; this.#chunks.length > 0 && waitedMs < this.#exitWaitMs; waitedMs += retryMs) {
      this.#output.pauseThread(retryMs)
      this.flush()
    }
  }
}

function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EAGAIN' || code === 'EINTR' || code === 'ENOSPC' || code === 'EDQUOT'
}
