/** RelayedSink: an answer that leaves piece by piece, and what of an answer is passed on. */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpAnswerHead, HttpTransaction } from '../../platform/http-server.ts'
import type { ResponseSink } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { RelayedExchange } from './relayed-exchange.ts'

/** Pieces up to this size are copied, so that whoever wrote them may change them at once. */
const maxCopiedBytes = 16 * 1024
const engineFields = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding'])

export class RelayedSink implements ResponseSink {
  readonly #exchange: RelayedExchange
  readonly #transaction: HttpTransaction
  readonly #head: HttpAnswerHead
  #writtenBytes = 0

  constructor(exchange: RelayedExchange, transaction: HttpTransaction, head: HttpAnswerHead) {
    this.#exchange = exchange
    this.#transaction = transaction
    this.#head = head
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    const { cancelled, isAnswerComplete } = this.#exchange
    if (cancelled !== undefined) throw cancelled
    if (isAnswerComplete) throw new ServiceError('ALREADY_ANSWERED', 'The answer was ended before.')
    const { hasBody, length } = this.#head
    if (!hasBody || piece.length === 0) return
    this.#writtenBytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
    if (length !== undefined && this.#writtenBytes > length) throw badLength(length, 'more')
    return this.#transaction.write(owned(piece))
  }

  end(trailers?: HeaderList): void {
    const { cancelled, isAnswerComplete } = this.#exchange
    if (cancelled !== undefined || isAnswerComplete) return
    const { hasBody, length } = this.#head
    if (hasBody && length !== undefined && this.#writtenBytes < length) {
      const error = badLength(length, 'less')
      this.abort(error)
      throw error
    }
    this.#transaction.end(sendable(trailers?.pairs ?? []))
    this.#exchange.completeAnswer()
  }

  abort(reason: Error): void {
    this.#exchange.abort(reason)
  }
}

export function owned(piece: string | Uint8Array): string | Uint8Array {
  return typeof piece === 'string' || piece.length > maxCopiedBytes ? piece : piece.slice()
}

/** Without the fields that frame the message and steer its connection: those are not the handler's business. */
export function sendable(pairs: readonly string[]): readonly string[] {
  if (!pairs.some((field, i) => i % 2 === 0 && engineFields.has(field))) return pairs
  return pairs.filter((_, i) => !engineFields.has(pairs[i - (i % 2)] as string))
}

function badLength(announced: number, direction: 'more' | 'less'): ServiceError {
  const message = `An answer of ${announced} bytes was announced, but ${direction} was written; announce the exact length or none.`
  return new ServiceError('BAD_LENGTH', message)
}
