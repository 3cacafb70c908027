/**
 * Standard output as a sink: lines are gathered and written together.
 *
 *   write ─▶ text ─end of the turn, or of the pause behind the last write─▶ bytes ─▶ output
 *                                                                            └─ takes nothing now ─▶ again in 10 ms,
 *                                                                               until the queue is full: then lines drop
 *
 * A line that comes alone is written at the end of its turn. Of those that follow within `pauseMs` the first has waited longest,
 * and no longer than that: a busy service pays for a hundred writes in a second, not for one in each turn. Each write holds
 * whole lines and is small enough to arrive in one piece, so that processes that share a pipe do not tear each other's
 * lines. On exit everything is written, however the process ends, unless it is killed.
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
  /** Longest time that a line waits for others, and only if one was written just before; 0 for none. Default 10, on a terminal 0. */
  readonly pauseMs?: number
}

const retryMs = 10
const newline = 0x0a
/** From so many characters on the text becomes bytes, whether there is time or not. */
const maxTextLength = 16_384
/** What a character may take in UTF-8. */
const maxCharacterBytes = 3

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
  readonly #pauseMs: number
  /** Lines that are still text: it becomes bytes all at once, which costs a line least. */
  #text = ''
  /** Where the text becomes bytes that are written at once; made for the first of them. */
  #scratch: Buffer | undefined
  /** What the output has not taken, oldest first. */
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isScheduled = false
  #isRetrying = false
  #isClosed = false
  /** When lines were last written, on the monotonic scale. */
  #writtenMs = Number.NEGATIVE_INFINITY

  constructor({
    output = openLogOutput(),
    clock = systemClock,
    maxQueuedBytes = 16 * 1024 * 1024,
    exitWaitMs = 1_000,
    pauseMs = output.isTerminal ? 0 : 10,
  }: StdoutSinkOptions) {
    this.#output = output
    this.#clock = clock
    this.#maxQueuedBytes = maxQueuedBytes
    this.#exitWaitMs = exitWaitMs
    this.#pauseMs = pauseMs
    output.onExit(() => this.#drain())
  }

  write(line: string): boolean {
    if (this.#isClosed || this.#waitingBytes + this.#text.length + line.length > this.#maxQueuedBytes) return false
    this.#text += line
    if (!this.#isScheduled) this.#schedule()
    if (this.#text.length > maxTextLength) this.#writeText()
    return true
  }

  flush(): void {
    this.#writeText()
    this.#writeWaiting()
  }

  #schedule(): void {
    this.#isScheduled = true
    const leftMs = this.#pauseMs === 0 ? 0 : this.#writtenMs + this.#pauseMs - this.#clock.monotonic()
    if (leftMs > 0) this.#clock.schedule(leftMs, this.#onTurnEnd)
    else setImmediate(this.#onTurnEnd)
  }

  readonly #onTurnEnd = (): void => {
    this.#isScheduled = false
    this.flush()
    if (this.#pauseMs > 0) this.#writtenMs = this.#clock.monotonic()
  }

  readonly #onRetry = (): void => {
    this.#isRetrying = false
    this.flush()
  }

  #writeText(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    const fits = text.length <= maxTextLength * 2
    this.#scratch ??= Buffer.allocUnsafeSlow(maxTextLength * 2 * maxCharacterBytes)
    const bytes = fits ? this.#scratch.subarray(0, this.#scratch.write(text)) : Buffer.from(text)
    // What is behind lines that wait would only be moved around.
    const written = this.#waiting.length === 0 ? this.#writeLines(bytes) : 0
    if (written === bytes.length || this.#isClosed) return
    this.#waiting.push(fits ? Buffer.from(bytes.subarray(written)) : bytes.subarray(written))
    this.#waitingBytes += bytes.length - written
    this.#retryLater()
  }

  #writeWaiting(): void {
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      const written = this.#writeLines(bytes)
      if (this.#isClosed) return
      this.#waitingBytes -= written
      if (written < bytes.length) {
        this.#waiting[0] = bytes.subarray(written)
        this.#retryLater()
        return
      }
      this.#waiting.shift()
    }
  }

  #retryLater(): void {
    if (this.#isRetrying || this.#isClosed) return
    this.#isRetrying = true
    this.#clock.schedule(retryMs, this.#onRetry)
  }

  /** As many bytes as the output takes now. */
  #writeLines(bytes: Uint8Array): number {
    for (let done = 0; ; ) {
      const rest = done === 0 ? bytes : bytes.subarray(done)
      const written = rest.length === 0 ? 0 : this.#tryWrite(wholeLines(rest, this.#output.wholeWriteBytes))
      if (written === 0) return done
      done += written
    }
  }

  #tryWrite(bytes: Uint8Array): number {
    try {
      return this.#output.write(bytes)
    } catch (error) {
      // A full pipe or disk may empty again; from any other failure there is no way back, and nowhere to report it.
      if (!isPassing(error)) this.#giveUp()
      return 0
    }
  }

  #giveUp(): void {
    this.#isClosed = true
    this.#text = ''
    this.#waiting.length = 0
    this.#waitingBytes = 0
  }

  /** The process ends: keep trying for a while, since there is no later. */
  #drain(): void {
    this.flush()
    for (let waitedMs = 0; this.#waiting.length > 0 && waitedMs < this.#exitWaitMs; waitedMs += retryMs) {
      this.#output.pauseThread(retryMs)
      this.flush()
    }
  }
}

/** As many lines from the start as stay in one piece; a line that is too long for that goes alone. */
function wholeLines(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length <= maxBytes) return bytes
  const end = bytes.lastIndexOf(newline, maxBytes - 1)
  return bytes.subarray(0, end === -1 ? bytes.indexOf(newline, maxBytes) + 1 || bytes.length : end + 1)
}

function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EAGAIN' || code === 'EINTR' || code === 'ENOSPC' || code === 'EDQUOT'
}
