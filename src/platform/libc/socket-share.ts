/** SocketShare: what all sockets of a thread have together. */
import { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { EpollLoop } from './epoll-loop.ts'

export class SocketShare {
  readonly loop: EpollLoop
  /** Lies in native memory, so that what is written into it is sent from there; it moves out when it must grow. */
  readonly scratch: ByteWriter = new ByteWriter(0)

  constructor(loop: EpollLoop) {
    this.loop = loop
    this.scratch.bytes = loop.memory.outputView
  }

  /** Takes the bytes of `scratch` from `from` on off. */
  cutOff(from: number): void {
    this.scratch.end = from
    if (from === 0) this.scratch.bytes = this.loop.memory.outputView
  }
}
