/**
 * Reply: the answer as it stands. Each request has one; it is written once the outermost layer is through, so every
 * layer may still change it after `next()`.
 */
import { HeaderList } from '../wire/headers.ts'

/** What is sent, by its kind. */
export type ReplyBody =
  | { readonly kind: 'empty' }
  /** `declared`: written as the route's response schema for the status says, if there is one. */
  | { readonly kind: 'json'; readonly value: unknown; readonly contentType: string; readonly declared: boolean }
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | {
      readonly kind: 'stream'
      readonly source: ByteSource
      readonly contentType: string | undefined
      readonly length?: number
    }
  /** Another protocol has the connection, or the exchange was aborted: there is nothing to write, only to wait for. */
  | { readonly kind: 'taken'; readonly until?: Promise<void> }

/** Pieces of a body. Whoever takes pieces slowly is given them slowly; whoever leaves ends the iteration. */
export type ByteSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

export const emptyBody: ReplyBody = { kind: 'empty' }

/** The body before anybody has answered. */
export const unanswered: ReplyBody = { kind: 'empty' }

export class Reply {
  status: number
  body: ReplyBody = unanswered
  #headers: HeaderList | undefined

  constructor(status = 200) {
    this.status = status
  }

  /** Fields of the answer. `content-type` comes from the body unless it is set here; `content-length` is the engine's. */
  get headers(): HeaderList {
    this.#headers ??= new HeaderList()
    return this.#headers
  }

  /** False while nothing asked for a header, which lets engines reuse the head of the last answer. */
  get hasHeaders(): boolean {
    return this.#headers !== undefined && !this.#headers.isEmpty
  }
}
