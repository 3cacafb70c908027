/**
 * LogFile: a file as a place for log lines, replaced by a new one when it is large or old.
 *
 *   write ─▶ still the file of this name? ──no──▶ open the one that is
 *              └─yes─▶ large, old? ─▶ lock ─▶ app.log ─renamed▶ app.log.2030-01-01T12-00-00-123Z.PID ─▶ new app.log ─▶ oldest removed
 *
 * Several processes may write to one file: each appends whole pieces, looks before each of them whether another one has
 * replaced the file, and only the one with the lock replaces it. A piece that is written meanwhile stands in the old file.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { LogOutput } from './log-output.ts'

export interface LogFileOptions {
  readonly path: string
  /** From this size on the file is replaced; default 100 MiB. */
  readonly maxBytes?: number
  /** From this age on, in milliseconds; default a day. It is looked at when something is written. */
  readonly maxAgeMs?: number
  /** Files that are kept beside the present one; default 7. */
  readonly maxFiles?: number
  /** Milliseconds since the Unix epoch; default the system's. */
  readonly now?: () => number
}

/** Whoever holds the lock needs it for less than a millisecond; one that is older belongs to nobody. */
const staleLockMs = 10_000
const wholeWriteBytes = 65_536

/** @throws the system's error with its `code` if the file cannot be opened. */
export function openLogFile(options: LogFileOptions): LogOutput {
  const file = new LogFile(options)
  return {
    isTerminal: false,
    wholeWriteBytes,
    write: (bytes) => file.write(bytes),
    onExit(flush) {
      process.on('exit', flush)
      return () => process.off('exit', flush)
    },
    pauseThread: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  }
}

class LogFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #maxAgeMs: number
  readonly #maxFiles: number
  readonly #now: () => number
  #descriptor: number
  #facts: Stats

  constructor({
    path,
    maxBytes = 100 * 1024 * 1024,
    maxAgeMs = 86_400_000,
    maxFiles = 7,
    now = Date.now,
  }: LogFileOptions) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#maxAgeMs = maxAgeMs
    this.#maxFiles = maxFiles
    this.#now = now
    this.#descriptor = openSync(path, 'a', 0o640)
    this.#facts = fstatSync(this.#descriptor)
  }

  write(bytes: Uint8Array): number {
    const present = factsOf(this.#path)
    // Another process, or logrotate, has replaced or removed it.
    if (present === undefined || present.ino !== this.#facts.ino || present.dev !== this.#facts.dev) this.#reopen()
    else if (this.#isDue(present, bytes.byteLength)) this.#replace()
    return writeSync(this.#descriptor, bytes)
  }

  #isDue({ size, birthtimeMs, ctimeMs }: Stats, coming: number): boolean {
    if (size === 0) return false
    // Not every file system knows when a file began.
    const bornMs = birthtimeMs > 0 ? birthtimeMs : ctimeMs
    return size + coming > this.#maxBytes || this.#now() - bornMs > this.#maxAgeMs
  }

  #reopen(): void {
    const descriptor = openSync(this.#path, 'a', 0o640)
    closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#facts = fstatSync(descriptor)
  }

  #replace(): void {
    const lock = `${this.#path}.lock`
    if (!takeLock(lock, this.#now())) return
    try {
      // Between the look and the lock another process may have been quicker.
      if (factsOf(this.#path)?.ino === this.#facts.ino) renameSync(this.#path, this.#freeName())
      this.#reopen()
      this.#removeOldest()
    } catch {
      // Where a file cannot be replaced the lines go on in the old one: they are worth more than its size.
    } finally {
      removeIfThere(lock)
    }
  }

  #freeName(): string {
    const stamp = new Date(this.#now()).toISOString().replaceAll(/[:.]/g, '-')
    for (let n = 0; ; n++) {
      const name = `${this.#path}.${stamp}.${process.pid}${n === 0 ? '' : `-${n}`}`
      if (factsOf(name) === undefined) return name
    }
  }

  /** Their names begin with their time, so that they sort by age. */
  #removeOldest(): void {
    const folder = dirname(this.#path)
    const prefix = `${basename(this.#path)}.`
    const names = readdirSync(folder).filter(
      (name) => name.startsWith(prefix) && /^\d{4}-\d\d-\d\dT[\d-]+Z\.[\d-]+$/.test(name.slice(prefix.length)),
    )
    const surplus = names.sort().slice(0, Math.max(0, names.length - this.#maxFiles))
    for (const name of surplus) removeIfThere(join(folder, name))
  }
}

function takeLock(path: string, nowMs: number): boolean {
  try {
    closeSync(openSync(path, 'wx'))
    return true
  } catch {
    const facts = factsOf(path)
    if (facts !== undefined && nowMs - facts.mtimeMs > staleLockMs) removeIfThere(path)
    return false
  }
}

function factsOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else has done it.
  }
}
