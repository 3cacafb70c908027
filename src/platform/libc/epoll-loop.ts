/**
 * EpollLoop: an epoll instance beside the runtime's event loop, one for all sockets of a thread.
 *
 *   hook ─▶ turn: epoll_wait, without waiting ─▶ each event ─▶ the Pollable of its descriptor and generation ─▶ output leaves
 *             └─ was there anything? ─▶ hook: calls again, or waits until there is
 *
 * Level-triggered: what was not taken in this turn is told in the next. A descriptor's number is used again as soon as it is
 * closed, perhaps while events for its predecessor are still to be told; the generation, which comes back with each event,
 * tells them apart.
 */
import { errorFrom } from '../thrown-error.ts'
import { TurnOutput } from '../turn-output.ts'
import type { CFunctions, CLibrary, LoopHook } from './c-library.ts'
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from './constants.ts'
import { eventBytes, eventDataAt, maxEvents, NativeMemory } from './native-memory.ts'
import { systemError } from './system-error.ts'

/** What has a descriptor that may become ready. */
export interface Pollable {
  readonly fd: number
  /** Given by the loop. */
  generation: number
  ready(events: number): void
}

const eventWords = eventBytes / 4
const dataWord = eventDataAt / 4

export class EpollLoop {
  readonly calls: CFunctions
  readonly memory: NativeMemory
  readonly library: CLibrary
  /** What is sent in a turn leaves at its end. */
  readonly output: TurnOutput
  readonly #epoll: number
  readonly #hook: LoopHook
  /** By descriptor. */
  readonly #pollables: (Pollable | undefined)[] = []
  #size = 0
  #generation = 0

  /** @throws an error with a system code. */
  constructor(library: CLibrary) {
    this.library = library
    this.calls = library.calls
    this.memory = new NativeMemory(library)
    // Outside of a turn nothing is worth waiting for but the promises that are on their way.
    this.output = new TurnOutput(process.nextTick, this.memory.gatheredView)
    this.#epoll = this.calls.epoll_create1(EPOLL_CLOEXEC)
    if (this.#epoll < 0) throw this.failure('epoll_create1')
    this.#hook = library.hook(this.#epoll, () => this.#turn())
  }

  failure(syscall: string): Error {
    return systemError(syscall, this.library.errno())
  }

  /** Keeps the process alive until `remove`. */
  add(pollable: Pollable, interest: number): void {
    this.#generation = (this.#generation + 1) | 0
    pollable.generation = this.#generation
    this.#pollables[pollable.fd] = pollable
    this.#size++
    this.#control(EPOLL_CTL_ADD, pollable, interest)
    if (this.#size === 1) this.#hook.start()
  }

  change(pollable: Pollable, interest: number): void {
    this.#control(EPOLL_CTL_MOD, pollable, interest)
  }

  /** Tells nothing more of it; not even that it is broken, which `change` cannot keep quiet. */
  silence(pollable: Pollable): void {
    this.#control(EPOLL_CTL_DEL, pollable, 0)
  }

  unsilence(pollable: Pollable, interest: number): void {
    this.#control(EPOLL_CTL_ADD, pollable, interest)
  }

  /** Before its descriptor is closed. The kernel forgets what is closed, unless another process has it too. */
  remove(pollable: Pollable): void {
    if (this.#pollables[pollable.fd] !== pollable) return
    this.#pollables[pollable.fd] = undefined
    this.#size--
    if (this.#size === 0) this.#hook.stop()
  }

  #control(operation: number, pollable: Pollable, interest: number): void {
    const { memory } = this
    memory.setEvent(interest, pollable.fd, pollable.generation)
    if (this.calls.epoll_ctl(this.#epoll, operation, pollable.fd, memory.event) < 0) throw this.failure('epoll_ctl')
  }

  #turn(): boolean {
    const { memory, output } = this
    output.beginTurn()
    const count = this.calls.epoll_wait(this.#epoll, memory.events, maxEvents, 0)
    const words = memory.eventWords
    for (let event = 0, at = 0; event < count; event++, at += eventWords) {
      const pollable = this.#pollables[words[at + dataWord] as number]
      if (pollable === undefined || pollable.generation !== words[at + dataWord + 1]) continue
      this.#tell(pollable, words[at] as number)
    }
    output.endTurn()
    return count > 0
  }

  #tell(pollable: Pollable, events: number): void {
    try {
      pollable.ready(events)
    } catch (thrown) {
      // Owners' faults end their sockets; this is one of ours, and the other sockets go on.
      process.emitWarning(errorFrom(thrown))
    }
  }
}
