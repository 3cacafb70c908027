/**
 * Calls `turn` from Bun's event loop whenever an epoll instance has something to tell.
 *
 *   hot ──turn──▶ something? ──yes──▶ hot: again behind the other work of the loop
 *    ▲               └─ nothing, a few times ─▶ parked: Bun's loop waits for it, at no cost
 *    └───────────────── readable ─────────────────┘
 *
 * Bun lets nobody wait for a descriptor of one's own, but it can be told that one is a connected socket. It then waits until
 * the descriptor is readable, finds that it is no socket, closes it and says so; which is all we need to know. It is given an
 * epoll instance made for that one wait, with ours inside: closing it leaves nothing behind. That costs 6 µs
 * with warm caches and 40 µs with cold ones, and only when the loop had come to rest. A look every quarter of a second would
 * bridge a wake-up that was lost.
 */
import type { CFunctions, LoopHook, Turn } from '../libc/c-library.ts'
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD } from '../libc/constants.ts'
import { type BunSocketHandle, type BunSocketHandlers, bun } from './bun-api.ts'

/** Turns without anything before it parks: answers to what was just sent often come at once. */
const maxQuietTurns = 3
const lookMs = 250

export interface EpollHookOptions {
  readonly epoll: number
  readonly turn: Turn
  readonly calls: CFunctions
  /** Memory with an event in it that asks for EPOLLIN. */
  readonly event: number
}

type Parked = BunSocketHandle<ParkedWait>

/** One wait. Bun tells of its end even after we gave it up. */
interface ParkedWait {
  isOver: boolean
  native: Parked | undefined
}

export class EpollHook implements LoopHook {
  readonly #options: EpollHookOptions
  #isRunning = false
  #isScheduled = false
  #quietTurns = 0
  #wait: ParkedWait | undefined
  #look: NodeJS.Timeout | undefined

  constructor(options: EpollHookOptions) {
    this.#options = options
  }

  start(): void {
    this.#isRunning = true
    this.#quietTurns = 0
    this.#look ??= setInterval(this.#lookUp, lookMs)
    this.#schedule()
  }

  stop(): void {
    this.#isRunning = false
    clearInterval(this.#look)
    this.#look = undefined
    this.#endWait()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#run)
  }

  readonly #run = (): void => {
    this.#isScheduled = false
    if (!this.#isRunning) return
    if (this.#options.turn()) this.#quietTurns = 0
    else this.#quietTurns++
    if (!this.#isRunning) return
    if (this.#quietTurns < maxQuietTurns) this.#schedule()
    else this.#park()
  }

  #park(): void {
    const { calls, epoll, event } = this.#options
    const outer = calls.epoll_create1(EPOLL_CLOEXEC)
    // No descriptor is left for it: the look must do.
    if (outer < 0) return
    calls.epoll_ctl(outer, EPOLL_CTL_ADD, epoll, event)
    this.#waitFor(outer)
  }

  #waitFor(outer: number): void {
    const wait: ParkedWait = { isOver: false, native: undefined }
    this.#wait = wait
    bun.connect<ParkedWait>({ fd: outer, allowHalfOpen: true, data: wait, socket: this.#events }).catch(() => {
      this.#options.calls.close(outer)
      if (this.#wait === wait) this.#wait = undefined
    })
  }

  readonly #events: BunSocketHandlers<ParkedWait> = {
    open: (native) => {
      native.data.native = native
      if (native.data.isOver) native.close()
    },
    data: () => undefined,
    error: () => undefined,
    close: ({ data }) => {
      if (data !== this.#wait) return
      this.#endWait()
      this.#schedule()
    },
  }

  readonly #lookUp = (): void => {
    if (!this.#isRunning || this.#isScheduled || !this.#options.turn()) return
    this.#endWait()
    this.#quietTurns = 0
    this.#schedule()
  }

  #endWait(): void {
    const wait = this.#wait
    this.#wait = undefined
    if (wait === undefined) return
    wait.isOver = true
    wait.native?.close()
  }
}
