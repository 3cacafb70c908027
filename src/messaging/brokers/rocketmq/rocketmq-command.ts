/**
 * RocketCommand: requests and answers of RocketMQ's remoting protocol, as bytes and back.
 *
 *   ┌ bytes that follow, 4 ┬ 0: JSON, 1 ┬ bytes of the head, 3 ┬ head: JSON ┬ body ┐
 *
 * Source: `RemotingCommand.java` of RocketMQ 5.
 */
import { ServiceError } from '../../../foundation/errors/service-error.ts'

export interface RocketCommand {
  /** What is asked, or how it went; 0: well. */
  readonly code: number
  /** Bit 0: an answer. Bit 1: no answer is wanted. */
  readonly flag: number
  /** The number of the request, in its answer as well. */
  readonly opaque: number
  readonly remark?: string | undefined
  readonly fields: RocketFields
  readonly body: Uint8Array
}

export type RocketFields = Readonly<Record<string, string | number | boolean>>

/** `RequestCode.java` */
export const requestCode = {
  pull: 11,
  queryOffset: 14,
  updateOffset: 15,
  createTopic: 17,
  brokerConfig: 26,
  maxOffset: 30,
  minOffset: 31,
  heartbeat: 34,
  unregister: 35,
  endTransaction: 37,
  members: 38,
  checkTransaction: 39,
  membersChanged: 40,
  lock: 41,
  unlock: 42,
  route: 105,
  cluster: 106,
  createGroup: 200,
  send: 310,
  sendBatch: 320,
} as const

/** `ResponseCode.java` */
export const responseCode = {
  success: 0,
  messageIllegal: 13,
  topicNotExist: 17,
  pullNotFound: 19,
  pullRetryImmediately: 20,
  pullOffsetMoved: 21,
  queryNotFound: 22,
} as const

/** Of the release whose protocol is spoken, 5.1.4: its place in `MQVersion.java`. */
const protocolVersion = 455
const headBytes = 8

export function encodeCommand({ code, flag, opaque, fields, body }: RocketCommand): Uint8Array {
  const extFields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
  const head = Buffer.from(
    JSON.stringify({
      code,
      language: 'OTHER',
      version: protocolVersion,
      opaque,
      flag,
      serializeTypeCurrentRPC: 'JSON',
      extFields,
    }),
  )
  const bytes = Buffer.allocUnsafe(headBytes + head.length + body.byteLength)
  bytes.writeInt32BE(4 + head.length + body.byteLength, 0)
  bytes.writeInt32BE(head.length, 4)
  bytes.set(head, headBytes)
  bytes.set(body, headBytes + head.length)
  return bytes
}

/** Puts pieces together, and hands on each command that is whole. */
export class CommandReader {
  #pieces: Buffer[] = []
  #length = 0
  /** Bytes until the next command is whole. */
  #wanted = 4
  readonly #onCommand: (command: RocketCommand) => void

  constructor(onCommand: (command: RocketCommand) => void) {
    this.#onCommand = onCommand
  }

  /** Copies the bytes. @throws ServiceError `BROKER_UNAVAILABLE` for what is not this protocol. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(Buffer.from(bytes))
    this.#length += bytes.byteLength
    if (this.#length < this.#wanted) return
    let rest = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces)
    while (rest.length >= 4) {
      const size = 4 + lengthOf(rest)
      if (rest.length < size) break
      this.#onCommand(decodeCommand(rest.subarray(4, size)))
      rest = rest.subarray(size)
    }
    this.#pieces = [rest]
    this.#length = rest.length
    this.#wanted = rest.length < 4 ? 4 : 4 + lengthOf(rest)
  }
}

const mostBytes = 64 * 1_024 * 1_024

function lengthOf(bytes: Buffer): number {
  const length = bytes.readInt32BE(0)
  if (length >= 4 && length <= mostBytes) return length
  throw new ServiceError('BROKER_UNAVAILABLE', 'What answers does not speak the protocol of RocketMQ.', { status: 503 })
}

interface Head {
  readonly code: number
  readonly flag: number
  readonly opaque: number
  readonly remark?: string
  readonly extFields?: Record<string, string>
}

function decodeCommand(bytes: Buffer): RocketCommand {
  // The first byte says how the head is written; servers answer as they were asked.
  const headEnd = 4 + (bytes.readInt32BE(0) & 0xff_ff_ff)
  const { code, flag, opaque, remark, extFields } = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Head
  return { code, flag, opaque, remark, fields: extFields ?? {}, body: bytes.subarray(headEnd) }
}

const noBody = new Uint8Array()

export function command(code: number, fields: RocketFields = {}, body: Uint8Array = noBody): RocketCommand {
  return { code, flag: 0, opaque: 0, fields, body }
}

export function jsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** Servers write maps with keys that are numbers, `{0:"host:port"}`, which JSON does not allow. */
export function parseBody<T>(body: Uint8Array): T {
  const text = Buffer.from(body)
    .toString()
    .replaceAll(/([{,])(\d+):/g, '$1"$2":')
  return JSON.parse(text) as T
}
