/**
 * NativeMemory: the memory that JavaScript and the kernel share, one piece for all sockets of a thread.
 *
 *   │ control: an option, an address, an event … │ events │ receive │ output │ copy │ gathered │
 *
 * The kernel writes what arrives into `receive`, whoever makes an answer writes it into `output`, small ones wait for the end
 * of the turn in `gathered`, and everything else that is sent passes through `copy`. It comes from the system itself and is never given back: a view that somebody detaches
 * becomes useless, but no address becomes invalid, and no garbage collector moves it.
 */
import { Buffer } from 'node:buffer'
import { turnOutputBytes } from '../turn-output.ts'
import type { Address, CLibrary } from './c-library.ts'

/** A turn of the loop takes no more than this, so that timers and other work have theirs. */
export const maxEvents = 256
/** What one connection may give in a turn. */
export const receiveBytes: number = 64 * 1024
export const outputBytes: number = 128 * 1024
export const copyBytes: number = 128 * 1024

/** ARM64 aligns what x86-64 packs. */
export const eventBytes: number = process.arch === 'x64' ? 12 : 16
/** Where the 64 bits stand that come back with an event. */
export const eventDataAt: number = eventBytes - 8
/** Requests are mostly alike: a view is made once for each size that is seen. */
const maxKeptViews = 4 * 1024

const optionAt = 0
const lengthAt = 16
const eventAt = 32
const addressAt = 64
const controlBytes = 4 * 1024
const eventsBytes = 4 * 1024
const receiveAt = controlBytes + eventsBytes
const outputAt = receiveAt + receiveBytes
const copyAt = outputAt + outputBytes
const gatheredAt = copyAt + copyBytes

/** Room for any address, the longest being that of a Unix socket. */
export const addressBytes = 128

export class NativeMemory {
  readonly option: Address
  readonly length: Address
  readonly address: Address
  readonly event: Address
  readonly events: Address
  readonly receive: Address
  readonly output: Address
  readonly copy: Address
  readonly gathered: Address
  readonly control: DataView
  /** The address's bytes. */
  readonly addressView: Buffer
  readonly eventWords: Int32Array
  readonly outputView: Buffer
  readonly copyView: Buffer
  readonly gatheredView: Buffer
  readonly #library: CLibrary
  #receiveView: Buffer
  readonly #views: (Buffer | undefined)[] = []

  constructor(library: CLibrary) {
    const start = library.map(gatheredAt + turnOutputBytes)
    const place = (offset: number): Address => library.at(start, offset)
    this.#library = library
    this.option = place(optionAt)
    this.length = place(lengthAt)
    this.address = place(addressAt)
    this.event = place(eventAt)
    this.events = place(controlBytes)
    this.receive = place(receiveAt)
    this.output = place(outputAt)
    this.copy = place(copyAt)
    this.gathered = place(gatheredAt)
    const control = library.view(start, controlBytes)
    this.control = new DataView(control)
    this.addressView = Buffer.from(control, addressAt, addressBytes)
    this.eventWords = new Int32Array(library.view(this.events, eventsBytes))
    this.outputView = Buffer.from(library.view(this.output, outputBytes))
    this.copyView = Buffer.from(library.view(this.copy, copyBytes))
    this.gatheredView = Buffer.from(library.view(this.gathered, turnOutputBytes))
    this.#receiveView = Buffer.from(library.view(this.receive, receiveBytes))
  }

  setOption(value: number, second = 0): void {
    this.control.setInt32(optionAt, value, true)
    this.control.setInt32(optionAt + 4, second, true)
  }

  getOption(): number {
    return this.control.getInt32(optionAt, true)
  }

  setLength(value: number): void {
    this.control.setInt32(lengthAt, value, true)
  }

  getLength(): number {
    return this.control.getInt32(lengthAt, true)
  }

  setEvent(events: number, fd: number, generation: number): void {
    this.control.setInt32(eventAt, events, true)
    this.control.setInt32(eventAt + eventDataAt, fd, true)
    this.control.setInt32(eventAt + eventDataAt + 4, generation, true)
  }

  /** The first bytes of `receive`, for as long as the event lasts. */
  received(count: number): Buffer {
    // Whoever was lent the bytes has given their memory away.
    if (this.#receiveView.length === 0) this.#viewAnew()
    if (count > maxKeptViews) return this.#receiveView.subarray(0, count)
    const kept = this.#views[count]
    if (kept !== undefined) return kept
    const view = this.#receiveView.subarray(0, count)
    this.#views[count] = view
    return view
  }

  #viewAnew(): void {
    this.#receiveView = Buffer.from(this.#library.view(this.receive, receiveBytes))
    this.#views.length = 0
  }
}
