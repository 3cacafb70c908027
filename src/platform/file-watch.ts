/**
 * FileWatch: tells when the content of one file has changed, whatever way it was changed: written in place, renamed over,
 * or by a symbolic link that now leads elsewhere, as Kubernetes does with mounted ConfigMaps and Secrets.
 *
 *   folder event ──▶ settle ──▶ read ── same as before ──▶ nothing
 *   every pollMs ────────────────▲│
 *                                └┴─ different ─▶ read again after settleMs ─ the same twice ─▶ changed()
 *
 * The folder is watched, not the file: a watch on a file stays with what was replaced. The poll is the net under it, for
 * file systems that tell nothing. Reading twice keeps half-written files out.
 */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { readTextFile } from './text-file.ts'

export interface FileWatchOptions {
  /** Called once for each content that stayed for `settleMs`; a file that went away has changed too. */
  changed(): void
  /** What the caller has read last; `text` is undefined for a file that was missing. Default: what stands there now. */
  known?: { readonly text: string | undefined }
  /** Default 50. Less, and a file that is being written counts as changed; more, and every change waits for it. */
  settleMs?: number
  /** Default 10,000. */
  pollMs?: number
  clock?: Clock
}

/** Returns the end of it; it keeps no process alive. */
export function watchFile(path: string, options: FileWatchOptions): () => void {
  const fileWatch = new FileWatch(path, options)
  fileWatch.start(options.known)
  return () => fileWatch.stop()
}

/** Text, or undefined for a file that cannot be read. */
type Content = string | undefined

class FileWatch {
  readonly #path: string
  readonly #changed: () => void
  readonly #settleMs: number
  readonly #pollMs: number
  readonly #clock: Clock
  #watcher: FSWatcher | undefined
  #cancelTimer: CancelTimer = () => {}
  #known: Content
  /** A new content, seen once. */
  #candidate: { readonly content: Content } | undefined
  #isReading = false
  /** Something happened while the file was being read. */
  #isStale = false
  #isStopped = false

  constructor(path: string, { changed, settleMs = 50, pollMs = 10_000, clock = systemClock }: FileWatchOptions) {
    this.#path = path
    this.#changed = changed
    this.#settleMs = settleMs
    this.#pollMs = pollMs
    this.#clock = clock
  }

  start(known: FileWatchOptions['known']): void {
    this.#watchFolder()
    if (known === undefined) void this.#learn()
    else {
      this.#known = known.text
      this.#checkIn(0)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer()
    this.#watcher?.close()
  }

  readonly #onEvent = (_event: string, name: string | null): void => {
    // Names that begin with two dots are the links and folders that Kubernetes swaps.
    if (name === null || name === basename(this.#path) || name.startsWith('..')) this.#checkIn(this.#settleMs)
  }

  #watchFolder(): void {
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, this.#onEvent)
      this.#watcher.on('error', () => this.#forgetFolder())
    } catch {
      // There is no such folder yet; the poll finds it.
    }
  }

  #forgetFolder(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #checkIn(delayMs: number): void {
    if (this.#isReading) this.#isStale = true
    if (this.#isReading || this.#isStopped) return
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.schedule(delayMs, () => void this.#check())
  }

  async #learn(): Promise<void> {
    this.#isReading = true
    this.#known = await this.#read()
    this.#isReading = false
    this.#checkIn(this.#isStale ? this.#settleMs : this.#pollMs)
  }

  async #check(): Promise<void> {
    if (this.#watcher === undefined) this.#watchFolder()
    this.#isReading = true
    this.#isStale = false
    const content = await this.#read()
    this.#isReading = false
    if (this.#isStopped) return
    const isSettled = this.#judge(content)
    this.#checkIn(isSettled && !this.#isStale ? this.#pollMs : this.#settleMs)
  }

  /** Whether nothing is left to look at before the next event. */
  #judge(content: Content): boolean {
    if (content === this.#known) {
      this.#candidate = undefined
      return true
    }
    if (this.#candidate === undefined || this.#candidate.content !== content) {
      this.#candidate = { content }
      return false
    }
    this.#known = content
    this.#candidate = undefined
    this.#changed()
    return true
  }

  #read(): Promise<Content> {
    return readTextFile(this.#path).catch(() => undefined)
  }
}
