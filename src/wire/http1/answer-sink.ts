/** AnswerSink: an answer that leaves piece by piece, framed as its head announced. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ResponseSink } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { AnswerFraming } from './answer-framing.ts'
import type { ConnectionOutput } from './connection-output.ts'
import { chunkEnd, chunkStart, lastChunk, type Payload, payloadOf } from './message-writer.ts'
import type { ServerExchange } from './server-exchange.ts'

export class AnswerSink implements ResponseSink {
  readonly #exchange: ServerExchange
  readonly #output: ConnectionOutput
  readonly #framing: AnswerFraming
  #writtenBytes = 0

  constructor(exchange: ServerExchange, output: ConnectionOutput, framing: AnswerFraming) {
    this.#exchange = exchange
    this.#output = output
    this.#framing = framing
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    if (this.#exchange.cancelled !== undefined) throw this.#exchange.cancelled
    if (this.#exchange.isAnswerComplete) throw new ServiceError('ALREADY_ANSWERED', 'The answer was ended before.')
    const payload = payloadOf(piece)
    if (payload.length === 0 || this.#framing === 'none') return
    this.#writtenBytes += payload.length
    if (typeof this.#framing === 'number' && this.#writtenBytes > this.#framing) throw badLength(this.#framing, 'more')
    if (this.#framing !== 'chunked') this.#output.send(payload)
    else this.#sendChunk(payload)
    return this.#output.room()
  }

  #sendChunk(payload: Payload): void {
    const output = this.#output
    output.send(chunkStart(payload.length))
    output.send(payload)
    output.send(chunkEnd)
  }

  end(trailers?: HeaderList): void {
    if (this.#exchange.cancelled !== undefined || this.#exchange.isAnswerComplete) return
    if (typeof this.#framing === 'number' && this.#writtenBytes < this.#framing) {
      const error = badLength(this.#framing, 'less')
      this.abort(error)
      throw error
    }
    if (this.#framing === 'chunked') this.#output.send(lastChunk(trailers?.pairs))
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
