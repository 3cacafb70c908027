/** ClientAnswer: what came back. Its connection is free for the next call once the body was read or given up. */
import type { HeaderList } from '../wire/headers.ts'
import type { ClientResponse } from '../wire/http1/client-message.ts'

export class ClientAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly #response: ClientResponse
  readonly #done: () => void
  #isDone = false

  constructor(response: ClientResponse, done: () => void) {
    this.status = response.status
    this.headers = response.headers
    this.#response = response
    this.#done = done
  }

  /** The whole body. @throws ServiceError `RESPONSE_TOO_LARGE`, or what the wire says of a broken answer. */
  async bytes(): Promise<Uint8Array> {
    try {
      return await this.#response.body.bytes()
    } finally {
      this.#finish()
    }
  }

  /** The whole body as UTF-8. Same errors. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** The body piece by piece; leaving the loop gives the rest up. A piece is valid until the next one. */
  async *pieces(): AsyncGenerator<Uint8Array> {
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

  /** Gives up what has not been read. */
  cancel(): void {
    if (this.#isDone) return
    this.#response.discard()
    this.#finish()
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done()
  }
}
