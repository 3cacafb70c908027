/**
 * RocketConnection: one connection to one server of RocketMQ, opened when it is needed, and anew when it was lost.
 *
 *   ask ─▶ open? ─no─▶ connect ─▶ request ─▶ answer of its number
 *                                    └─ none in time, or the connection ends ─▶ BROKER_UNAVAILABLE, and it is thrown away
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import { connect } from '../../../platform/connect.ts'
import type { Socket } from '../../../platform/socket.ts'
import { CommandReader, encodeCommand, type RocketCommand } from './rocketmq-command.ts'

export interface RocketConnectionParts {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  /** What the server asks of us. */
  readonly onRequest: (request: RocketCommand) => void
  /** A connection stands: the server knows nothing of what was said on an earlier one. */
  readonly onOpen: () => void
}

interface Waiting {
  resolve(answer: RocketCommand): void
  reject(error: ServiceError): void
}

const noAnswerWanted = 2

export class RocketConnection {
  readonly #parts: RocketConnectionParts
  readonly #waiting = new Map<number, Waiting>()
  #socket: Socket | undefined
  #opening: Promise<Socket> | undefined
  #isClosed = false
  #last = 0

  constructor(parts: RocketConnectionParts) {
    this.#parts = parts
  }

  /** Whatever the answer says. @throws ServiceError `BROKER_UNAVAILABLE` */
  async ask(request: RocketCommand, timeoutMs: number): Promise<RocketCommand> {
    const { clock } = this.#parts
    const untilMs = clock.monotonic() + timeoutMs
    const socket = await this.#open(timeoutMs)
    const opaque = ++this.#last & 0x7f_ff_ff_ff
    const { promise, resolve, reject } = Promise.withResolvers<RocketCommand>()
    this.#waiting.set(opaque, { resolve, reject })
    const leftMs = Math.max(0, untilMs - clock.monotonic())
    // Who is silent for one is silent for all.
    const cancel = clock.schedule(leftMs, () => this.#drop(socket, `no answer within ${timeoutMs} ms`), true)
    try {
      socket.write(encodeCommand({ ...request, opaque }))
      return await promise
    } finally {
      cancel()
      this.#waiting.delete(opaque)
    }
  }

  /** Without an answer, and only where a connection stands. */
  tell(request: RocketCommand): void {
    const opaque = ++this.#last & 0x7f_ff_ff_ff
    this.#socket?.write(encodeCommand({ ...request, opaque, flag: noAnswerWanted }))
  }

  close(): void {
    this.#isClosed = true
    if (this.#socket !== undefined) this.#drop(this.#socket, 'it was closed')
  }

  async #open(timeoutMs: number): Promise<Socket> {
    if (this.#isClosed) throw unavailable('it was closed')
    if (this.#socket !== undefined) return this.#socket
    this.#opening ??= this.#connect(timeoutMs).finally(() => {
      this.#opening = undefined
    })
    return await this.#opening
  }

  async #connect(timeoutMs: number): Promise<Socket> {
    const { host, port, onOpen, onRequest } = this.#parts
    const reader = new CommandReader((command) => {
      if ((command.flag & 1) === 0) onRequest(command)
      else this.#waiting.get(command.opaque)?.resolve(command)
    })
    try {
      const socket = await connect<unknown>({
        host,
        port,
        timeoutMs,
        state: undefined,
        handlers: {
          data: (_, bytes) => reader.add(bytes),
          peerEnd: (ended) => this.#drop(ended, 'the server has closed the connection'),
          close: (closed, error) => this.#drop(closed, error?.message ?? 'the connection was closed'),
        },
      })
      this.#socket = socket
      if (this.#isClosed) this.#drop(socket, 'it was closed')
      else onOpen()
      return socket
    } catch (error) {
      throw unavailable(error instanceof Error ? error.message : 'no connection', error)
    }
  }

  #drop(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    socket.destroy()
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(unavailable(reason))
  }
}

export function unavailable(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('BROKER_UNAVAILABLE', `The broker cannot be reached: RocketMQ: ${reason}.`, {
    status: 503,
    retryable: true,
    cause,
  })
}
