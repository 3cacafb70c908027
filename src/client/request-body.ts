/** The body of a request, as callers have it, in the form in which a connection takes it. */
import { Buffer } from 'node:buffer'
import type { Clock } from '../foundation/clock/clock.ts'
import type { ClientRequest, OutgoingBody } from '../wire/http1/client-message.ts'

/** Text, bytes, or pieces at the pace of the server. */
export type HttpBody = string | Uint8Array | OutgoingBody | AsyncIterable<Uint8Array>

export type WireBody = NonNullable<ClientRequest['body']>

export function wireBody(body: HttpBody): WireBody {
  return typeof body === 'object' && Symbol.asyncIterator in body ? pulled(body) : body
}

function pulled(source: AsyncIterable<Uint8Array>): OutgoingBody {
  const pieces = source[Symbol.asyncIterator]()
  return {
    async read() {
      const { done, value } = await pieces.next()
      return done === true ? undefined : value
    },
  }
}

/** How long a server may take to say 100; RFC 9110 section 10.1.1 wants the body sent all the same then. */
const continueAfterMs = 1_000

/**
 * A body that waits until the server wants it: for its 100, or for so long. Where the answer comes first it is never sent, and
 * the connection is not used again.
 */
export class AwaitedBody implements OutgoingBody {
  readonly length: number | undefined
  readonly #body: WireBody
  readonly #wanted = Promise.withResolvers<void>()
  readonly #cancelTimer: () => void
  #isSent = false

  constructor(body: WireBody, clock: Clock) {
    this.#body = body
    this.length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    this.#cancelTimer = clock.schedule(continueAfterMs, () => this.#wanted.resolve(), true)
  }

  /** 100, or any other interim answer, of which only the 100 counts. */
  informed(status: number): void {
    if (status === 100) this.#wanted.resolve()
  }

  /** The answer is there, or none will come. */
  close(): void {
    this.#cancelTimer()
  }

  async read(): Promise<Uint8Array | undefined> {
    await this.#wanted.promise
    this.#cancelTimer()
    if (typeof this.#body === 'object' && 'read' in this.#body) return this.#body.read()
    if (this.#isSent) return undefined
    this.#isSent = true
    return typeof this.#body === 'string' ? Buffer.from(this.#body) : this.#body
  }
}
