/** AnswerSink: an answer that leaves piece by piece, framed as its head announced. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ResponseSink } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import { chunkEnd, chunkStart, lastChunk, payloadOf } from './message-writer.ts'
import type { ServerConnection } from './server-connection.ts'
import type { ServerExchange } from './server-exchange.ts'

/** `none`: the answer has no body, whatever is written (HEAD, 204, 304). A number: so many bytes were announced. */
export type AnswerFraming = number | 'chunked' | 'until-close' | 'none'

export class AnswerSink implements ResponseSink {
  readonly #exchange: ServerExchange
  readonly #connection: ServerConnection
  readonly #framing: AnswerFraming
  #writtenBytes = 0

  constructor(exchange: ServerExchange, connection: ServerConnection, framing: AnswerFraming) {
    this.#exchange = exchange
    this.#connection = connection
    this.#framing = framing
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    if (this.#exchange.cancelled !== undefined) throw this.#exchange.cancelled
    if (this.#exchange.isAnswerComplete) throw new ServiceError('ALREADY_ANSWERED', 'The answer was ended before.')
    const payload = payloadOf(piece)
    if (payload.length === 0 || this.#framing === 'none') return
    this.#writtenBytes += payload.length
    if (typeof this.#framing === 'number' && this.#writtenBytes > this.#framing) throw badLength(this.#framing, 'more')
    const connection = this.#connection
    if (this.#framing !== 'chunked') connection.sendPayload(payload)
    else if (typeof payload === 'string') connection.send(chunkStart(payload.length) + payload + chunkEnd)
    else {
      connection.send(chunkStart(payload.length))
      connection.sendPayload(payload)
      connection.send(chunkEnd)
    }
    return connection.room()
  }

  end(trailers?: HeaderList): void {
    if (this.#exchange.cancelled !== undefined || this.#exchange.isAnswerComplete) return
    if (typeof this.#framing === 'number' && this.#writtenBytes < this.#framing) {
      const error = badLength(this.#framing, 'less')
      this.abort(error)
      throw error
    }
    if (this.#framing === 'chunked') this.#connection.send(lastChunk(trailers?.pairs))
    this.#exchange.completeAnswer()
  }

  abort(reason: Error): void {
    this.#exchange.abort(reason)
  }
}

function badLength(announced: number, direction: 'more' | 'less'): ServiceError {
  const message = `An answer of ${announced} bytes was announced, but ${direction} was written; announce the exact length or none.`
  return new ServiceError('BAD_LENGTH', message)
}
