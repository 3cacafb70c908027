/** The body of an outgoing request, pulled from its source at the pace at which the server takes it. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { OutgoingBody } from './client-message.ts'
import type { ConnectionOutput } from './connection-output.ts'
import { chunkEnd, chunkStart, lastChunk, payloadOf } from './message-writer.ts'

export interface BodySender {
  readonly output: ConnectionOutput
  readonly isClosed: boolean
  /** The last byte was handed over. */
  bodySent(): void
}

/** @throws what the source throws; ServiceError `BAD_LENGTH` if it is not as long as it said. */
export function sendBody(body: OutgoingBody, sender: BodySender): Promise<void> {
  return body.length === undefined ? sendChunks(body, sender) : sendMeasured(body, body.length, sender)
}

async function sendChunks(body: OutgoingBody, sender: BodySender): Promise<void> {
  const { output } = sender
  for (let piece = await body.read(); piece !== undefined && !sender.isClosed; piece = await body.read()) {
    if (piece.length === 0) continue
    output.send(chunkStart(piece.length))
    output.send(payloadOf(piece))
    output.send(chunkEnd)
    await output.room()
  }
  output.send(lastChunk(body.trailers?.()?.pairs))
  sender.bodySent()
}

async function sendMeasured(body: OutgoingBody, length: number, sender: BodySender): Promise<void> {
  const { output } = sender
  let left = length
  for (let piece = await body.read(); piece !== undefined && !sender.isClosed; piece = await body.read()) {
    left -= piece.length
    if (left < 0) throw badLength(length)
    output.send(payloadOf(piece))
    // The server may answer before the source is asked for its end.
    if (left === 0) sender.bodySent()
    await output.room()
  }
  if (left > 0 && !sender.isClosed) throw badLength(length)
}

function badLength(announced: number): ServiceError {
  return new ServiceError(
    'BAD_LENGTH',
    `The body of an outgoing request is not of the ${announced} bytes it announced; give its exact length or none.`,
  )
}
