/**
 * Calls `turn` from Node.js's event loop whenever an epoll instance has something to tell.
 *
 *   libuv's epoll ──our epoll instance is readable──▶ callback ─▶ setImmediate ─▶ turn, up to a few times
 *
 * An epoll instance is itself readable when it has events, so libuv waits for ours as for any descriptor, at no cost while
 * nothing happens. Its callback comes from outside of Node.js, where no promises would be continued; the turn is therefore
 * taken one phase later, in the same round of the loop.
 */
import type { LoopHook, Turn } from '../libc/c-library.ts'

type Ffi = typeof import('node:ffi')

const UV_READABLE = 1
/** Rounds of the loop cost as much as an answer, so a turn may be followed by another before the loop goes on. */
const maxTurns = 2

const signatures = {
  uv_poll_init: { arguments: ['pointer', 'pointer', 'int32'], return: 'int32' },
  uv_poll_start: { arguments: ['pointer', 'int32', 'pointer'], return: 'int32' },
  uv_poll_stop: { arguments: ['pointer'], return: 'int32' },
} as const

export interface EpollHookOptions {
  readonly ffi: Ffi
  readonly epoll: number
  readonly turn: Turn
  /** Zeroed memory that nobody else uses, for libuv's handle. */
  readonly handle: bigint
}

export class EpollHook implements LoopHook {
  readonly #turn: Turn
  readonly #handle: bigint
  readonly #uv
  readonly #callback: bigint
  #isRunning = false
  #isScheduled = false

  constructor({ ffi, epoll, turn, handle }: EpollHookOptions) {
    this.#turn = turn
    this.#handle = handle
    const { lib, functions } = ffi.dlopen(null, signatures)
    this.#uv = functions
    this.#callback = lib.registerCallback({ arguments: ['pointer', 'int32', 'int32'], return: 'void' }, () => {
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(this.#run)
    })
    const outcome = functions.uv_poll_init(ffi.getCurrentEventLoop(), handle, epoll)
    if (outcome !== 0) throw new Error(`libuv does not watch an epoll instance (${outcome})`)
  }

  start(): void {
    this.#isRunning = true
    this.#uv.uv_poll_start(this.#handle, UV_READABLE, this.#callback)
  }

  stop(): void {
    this.#isRunning = false
    this.#uv.uv_poll_stop(this.#handle)
  }

  readonly #run = (): void => {
    this.#isScheduled = false
    for (let turns = 0; turns < maxTurns && this.#isRunning; turns++) {
      if (!this.#turn()) return
    }
  }
}
