/** ClientAnswer: what came back. Its connection is free for the next call once the body was read or given up. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import {
  type ContentCoding,
  type Decoding,
  type DecodingErrors,
  decodeContent,
  decodePieces,
} from '../wire/content-coding.ts'
import type { HeaderList } from '../wire/headers.ts'
import type { ClientResponse } from '../wire/http1/client-message.ts'

/** It keeps nothing from one text to the next. */
const utf8 = new TextDecoder()

export class ClientAnswer {
  readonly status: number
  /** Of a body that was compressed, without the fields that speak of its compressed form. */
  readonly headers: HeaderList
  readonly #response: ClientResponse
  readonly #decoding: Decoding | undefined
  #done: (() => void)[]
  #isDone = false

  /** `coding`: what has to be undone; `done` is called once, when nothing more is to be had from it. */
  constructor(response: ClientResponse, coding: ContentCoding | undefined, done: () => void) {
    this.status = response.status
    this.headers = response.headers
    this.#response = response
    this.#done = [done]
    if (coding === undefined) return
    this.#decoding = { coding, maxBytes: response.body.maxBytes, errors }
    this.headers.delete('content-encoding')
    this.headers.delete('content-length')
  }

  /** The whole body. @throws ServiceError `RESPONSE_TOO_LARGE`, or what the wire says of a broken answer. */
  async bytes(): Promise<Uint8Array> {
    try {
      const bytes = await this.#response.body.bytes()
      // An answer without a body may name a coding all the same, such as that to a HEAD.
      return this.#decoding === undefined || bytes.length === 0 ? bytes : await decodeContent(bytes, this.#decoding)
    } finally {
      this.#finish()
    }
  }

  /** The whole body as UTF-8. Same errors. */
  async text(): Promise<string> {
    return utf8.decode(await this.bytes())
  }

  /** The body piece by piece; leaving the loop gives the rest up. A piece is valid until the next one. */
  pieces(): AsyncGenerator<Uint8Array> {
    const pieces = this.#piecesAsTheyCame()
    return this.#decoding === undefined ? pieces : decodePieces(pieces, this.#decoding)
  }

  /** Gives up what has not been read. */
  cancel(): void {
    if (this.#isDone) return
    this.#response.discard()
    this.#finish()
  }

  /** Calls back once nothing more is to be had from it; at once if that is so already. */
  whenDone(callback: () => void): void {
    if (this.#isDone) callback()
    else this.#done.push(callback)
  }

  async *#piecesAsTheyCame(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await this.#response.body.read()
        if (piece === undefined) return
        yield piece
      }
    } finally {
      this.cancel()
    }
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    for (const callback of this.#done) callback()
  }
}

const errors: DecodingErrors = {
  tooLarge: (maxBytes) =>
    new ServiceError(
      'RESPONSE_TOO_LARGE',
      `The answer is larger than the ${maxBytes} bytes allowed, once decompressed.`,
      {
        status: 502,
        retryable: false,
      },
    ),
  malformed: (coding, cause) =>
    new ServiceError('BAD_RESPONSE', `The body of the answer is not ${coding}, though its content-encoding says so.`, {
      status: 502,
      retryable: false,
      cause,
    }),
}
