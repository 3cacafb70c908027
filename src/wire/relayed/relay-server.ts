/**
 * RelayServer: everything that relayed exchanges share, and the one door through which they come in.
 *
 *   transaction ─▶ its head, written out ─▶ scanned by the rules of http1/ ─▶ RelayedExchange ─▶ handler
 *                                                └─refused─▶ answered with a problem, reported
 */
import { Buffer } from 'node:buffer'
import { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Clock } from '../../foundation/clock/clock.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpTransaction } from '../../platform/http-server.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { scanDone } from '../http1/field-section.ts'
import { problemText, problemType } from '../http1/problem.ts'
import { type Refusal, refusals, toServiceErrorFrom } from '../http1/refusal.ts'
import { RequestHead } from '../http1/request-head.ts'
import { reasonOf } from '../http1/status-line.ts'
import type { WireLimits } from '../limits.ts'
import { RelayedExchange } from './relayed-exchange.ts'

export interface RelayServerOptions {
  readonly handler: ExchangeHandler
  readonly limits: WireLimits
  readonly clock: Clock
  onError?(error: unknown): void
  onRefused?(error: ServiceError, peer: SocketPeer): void
}

/** Heads kept for reuse, a few kilobytes each. */
const maxSpareHeads = 256

export class RelayServer {
  readonly limits: WireLimits
  readonly clock: Clock
  /** Where bodies are written before they are handed over. */
  readonly scratch: ByteWriter = new ByteWriter()
  /** Exchanges that are not over. */
  inFlight = 0
  /** From now on each answer is the last of its connection. */
  isDraining = false
  readonly #options: RelayServerOptions
  readonly #spareHeads: RequestHead[] = []
  #idle: PromiseWithResolvers<void> | undefined

  constructor(options: RelayServerOptions) {
    this.#options = options
    this.limits = options.limits
    this.clock = options.clock
  }

  /** Answers a transaction: by the handler, or with a refusal. */
  take(transaction: HttpTransaction): void {
    const head = this.#spareHeads.pop() ?? new RequestHead(this.limits)
    const bytes = writeHead(transaction)
    head.reset(0)
    // Everything must belong to the head: a line break in a target would otherwise begin something else.
    const isRead = head.scan(bytes, bytes.length) === scanDone && head.end === bytes.length
    if (!isRead || head.hasUnknownExpectation) {
      this.#refuse(transaction, isRead ? refusals.expectation : (head.refusal ?? refusals.target))
      this.#keep(head)
      return
    }
    this.inFlight++
    new RelayedExchange(this, transaction, head, bytes).run(this.#options.handler)
  }

  /** Resolves when no exchange is under way. */
  idle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve()
    this.#idle = Promise.withResolvers<void>()
    return this.#idle.promise
  }

  #refuse(transaction: HttpTransaction, refusal: Refusal): void {
    const { status, code, message } = refusal
    const text = problemText(status, code, message)
    const hasBody = transaction.method !== 'HEAD'
    const fields = ['content-type', problemType]
    const head = { status, reason: reasonOf(status), fields, length: text.length, hasBody, closes: true }
    transaction.respond(head, text)
    this.refused(refusal, transaction.peer)
  }

  // What exchanges report.

  exchangeOver(head: RequestHead): void {
    this.#keep(head)
    this.inFlight--
    if (this.inFlight === 0) this.#idle?.resolve()
  }

  failed(error: unknown): void {
    this.#options.onError?.(error)
  }

  refused(refusal: Refusal, peer: SocketPeer): void {
    this.#options.onRefused?.(toServiceErrorFrom(refusal), peer)
  }

  /** Runs what belongs to others and must not break us. */
  guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.failed(error)
    }
  }

  #keep(head: RequestHead): void {
    if (this.#spareHeads.length < maxSpareHeads) this.#spareHeads.push(head)
  }
}

function writeHead({ method, target, version, fields }: HttpTransaction): Uint8Array {
  let text = `${method} ${target} HTTP/${version}\r\n`
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  return Buffer.from(`${text}\r\n`, 'latin1')
}
