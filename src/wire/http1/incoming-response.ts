/** What a client connection hands out for an answer. */
import type { UpgradedConnection } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { ClientResponse } from './client-message.ts'
import type { IncomingBody } from './incoming-body.ts'

export interface IncomingResponseParts {
  readonly status: number
  readonly minorVersion: number
  readonly headers: HeaderList
  readonly body: IncomingBody
  readonly connection: { discard(body: IncomingBody): void }
  readonly upgraded?: UpgradedConnection
}

export class IncomingResponse implements ClientResponse {
  readonly status: number
  readonly httpVersion: '1.0' | '1.1'
  readonly headers: HeaderList
  readonly body: IncomingBody
  readonly upgraded?: UpgradedConnection
  readonly #connection: IncomingResponseParts['connection']

  constructor({ status, minorVersion, headers, body, connection, upgraded }: IncomingResponseParts) {
    this.status = status
    this.httpVersion = minorVersion === 0 ? '1.0' : '1.1'
    this.headers = headers
    this.body = body
    this.#connection = connection
    if (upgraded !== undefined) this.upgraded = upgraded
  }

  trailer(name: string): string | undefined {
    return this.body.trailer(name)
  }

  discard(): void {
    this.#connection.discard(this.body)
  }
}
