/**
 * client(api): the typed client of a contract, with no code generated.
 *
 *   const orders = client(ordersApi, { service: 'orders' })
 *   const order = await orders.place({ body: { sku, quantity } })
 *
 *   call ─▶ callEncoder ─▶ Upstream (policies, balancing) ─▶ HttpClient ─▶ decodeAnswer ─▶ body through its schema
 *                                                              └▶ not 2xx ─▶ ServiceError with the code of the other side
 */
import type { Answer, CallOptions, ClientOf } from '../api/client-of.ts'
import type { Api, Operation } from '../api/operation.ts'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { CallScope } from '../resilience/policy.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientAnswer } from './client-answer.ts'
import { AnswerError, decodeAnswer, errorFrom, isDeclared, isFailure, type RawAnswer } from './decode-answer.ts'
import { type CallParts, callEncoder, type EncodeCall, type EncodedCall } from './encode-call.ts'
import { environmentResolver } from './environment-resolver.ts'
import { readEvents } from './event-reader.ts'
import { type BegunCall, HttpClient, type HttpClientOptions, isIdempotent } from './http-client.ts'
import type { Place } from './place.ts'
import type { Addresses, Resolver } from './resolver.ts'
import { Upstream, type UpstreamOptions } from './upstream.ts'

export type ClientOptions = HttpClientOptions &
  UpstreamOptions & {
    /** Shares connections and settings with other clients; default one of its own. */
    http?: HttpClient
  } & ClientTarget

/** Either where the service is, or its name and who knows where that is. */
export type ClientTarget =
  | {
      /** Base URL, or several to balance over; a path in it comes before those of the operations. */
      url: Addresses
      /** What the service is called in metrics, logs and errors; default the host of the first URL. */
      service?: string
    }
  | {
      /** The name of the service. */
      service: string
      /** Default: the environment (`ORDERS_URL`). */
      resolver?: Resolver
    }

/** Makes the client; nothing is connected or looked up before the first call. */
export function client<const A extends Api>(api: A, options: ClientOptions): ClientOf<A> {
  const upstream = upstreamFor(options)
  return clientThrough(api, () => upstream)
}

/** The same for an upstream that is made later: it is asked for with each call. */
export function clientThrough<const A extends Api>(api: A, upstream: () => Upstream): ClientOf<A> {
  const calls = Object.entries(api).map(([name, operation]) => [name, callOf(name, operation, upstream)])
  // Built from the contract's own entries, one call for each: what `ClientOf` says, beyond what the checker can follow.
  const made = Object.freeze(Object.fromEntries(calls)) as ClientOf<A>
  upstreams.set(made, upstream)
  return made
}

export function upstreamFor(options: ClientOptions): Upstream {
  const http = options.http ?? new HttpClient(options)
  return new Upstream({ ...options, ...targetOf(options), http })
}

const upstreams = new WeakMap<object, () => Upstream>()

/** What stands behind a client: its state, and its end. @throws ServiceError `NO_CLIENT` for anything else. */
export function upstreamOf(client: object): Upstream {
  const upstream = upstreams.get(client)
  if (upstream !== undefined) return upstream()
  throw new ServiceError('NO_CLIENT', 'upstreamOf() expects what client() has made.')
}

function targetOf(target: ClientTarget): { name: string; ask: () => Addresses | Promise<Addresses> } {
  if ('url' in target) {
    const { url, service } = target
    return { name: service ?? hostOf(typeof url === 'string' ? url : (url[0] ?? '')), ask: () => url }
  }
  const { service, resolver = environmentResolver } = target
  return { name: service, ask: () => resolver.resolve(service) }
}

/** What cannot be read is said by the first call. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'unknown'
}

/** Events carry JSON, whatever the stream around them is. */
const jsonHeaders = HeaderList.from([['content-type', 'application/json']])

type Call = (parts?: CallParts, options?: CallOptions) => unknown

function callOf(name: string, operation: Operation, upstream: () => Upstream): Call {
  if (operation.kind === 'stream') {
    const send = new StreamCall(name, operation, upstream)
    return (parts, options) => send.events(parts, options)
  }
  const unary = new UnaryCall(name, operation, upstream)
  return Object.assign((parts?: CallParts, options?: CallOptions) => unary.body(parts, options), {
    raw: (parts?: CallParts, options?: CallOptions) => unary.answer(parts, options),
  })
}

/** What the calls of one operation share. */
abstract class OperationCall {
  protected readonly name: string
  protected readonly operation: Operation
  readonly #upstream: () => Upstream
  #encode: EncodeCall | undefined

  constructor(name: string, operation: Operation, upstream: () => Upstream) {
    this.name = name
    this.operation = operation
    this.#upstream = upstream
  }

  protected get upstream(): Upstream {
    return this.#upstream()
  }

  /** Made at the first call: a client has many operations, and a process may never call most of them. */
  protected encode(parts: CallParts | undefined, options: CallOptions | undefined): EncodedCall {
    this.#encode ??= callEncoder(this.operation)
    return this.#encode(parts, options?.headers)
  }

  /** Whatever stands around it, one attempt is one request; its answer counts for the metrics. */
  protected async exchange(
    place: Place,
    { attempt, context }: CallScope,
    { target, headers, body }: EncodedCall,
    outer?: Context,
  ): Promise<ClientAnswer> {
    const { name, operation, upstream } = this
    try {
      const answer = await upstream.http.exchange(place.endpoint, {
        method: operation.method,
        target: place.prefix + target,
        // A list of its own for each attempt: two of them may be under way.
        headers: HeaderList.received(headers.pairs),
        ...(body !== undefined && { body }),
        context,
        ...(outer !== undefined && { outer }),
        operation: operation.path,
        upstream: upstream.name,
        attempt,
      })
      upstream.attempted(name, answer.status)
      return answer
    } catch (error) {
      upstream.attempted(name, error instanceof ServiceError ? error.code : 'INTERNAL')
      throw error
    }
  }

  /** A key makes repeating harmless, where the other side knows it. */
  protected isRepeatable({ headers }: EncodedCall): boolean {
    return isIdempotent(this.operation.method) || headers.has('idempotency-key')
  }
}

class UnaryCall extends OperationCall {
  /** The body of the 2xx answer. @throws ServiceError for any other. */
  body(parts?: CallParts, options?: CallOptions): Promise<unknown> {
    return this.#call(parts, options, (answer) => {
      if (answer.status < 200 || answer.status >= 300) throw errorFrom(answer)
      return decodeAnswer(this.operation, answer)
    })
  }

  /** Any declared answer. @throws ServiceError for others. */
  async answer(parts?: CallParts, options?: CallOptions): Promise<Answer<number, unknown>> {
    try {
      return await this.#call(parts, options, (answer) => this.#declared(answer))
    } catch (error) {
      // To the policies it was a failure; whoever declared it gets it as the answer that it is.
      if (error instanceof AnswerError && isFailure(error.answer.status)) return this.#declared(error.answer)
      throw error
    }
  }

  async #declared(answer: RawAnswer): Promise<Answer<number, unknown>> {
    if (!isDeclared(this.operation, answer.status)) throw errorFrom(answer)
    return { status: answer.status, headers: answer.headers, body: await decodeAnswer(this.operation, answer) }
  }

  async #call<T>(
    parts: CallParts | undefined,
    options: CallOptions | undefined,
    read: (answer: RawAnswer) => T | Promise<T>,
  ): Promise<T> {
    const encoded = this.encode(parts, options)
    const { context, end } = this.upstream.http.begin(options)
    try {
      return await this.upstream.call({
        operation: this.name,
        idempotent: this.isRepeatable(encoded),
        context,
        attempt: async (place, scope) => {
          const answer = await readWhole(await this.exchange(place, scope, encoded))
          if (isFailure(answer.status)) throw errorFrom(answer)
          return read(answer)
        },
      })
    } finally {
      end()
    }
  }
}

class StreamCall extends OperationCall {
  /** The request goes out when the iteration begins. */
  async *events(parts?: CallParts, options?: CallOptions): AsyncGenerator<unknown> {
    const asAnswer: Operation = { ...this.operation, spec: { responses: { 200: this.operation.spec.stream ?? null } } }
    const begun = this.upstream.http.begin({ ...options, isStream: true })
    try {
      const answer = await this.#open(begun, this.encode(parts, options))
      for await (const { data } of readEvents(answer.pieces())) {
        yield await decodeAnswer(asAnswer, { status: 200, headers: jsonHeaders, bytes: new TextEncoder().encode(data) })
      }
    } finally {
      begun.end()
    }
  }

  /** Policies stand around the opening: what has begun to arrive cannot be repeated. */
  #open(begun: BegunCall, encoded: EncodedCall): Promise<ClientAnswer> {
    return this.upstream.call({
      operation: this.name,
      idempotent: this.isRepeatable(encoded),
      context: begun.context,
      attempt: async (place, scope) => {
        const answer = await this.exchange(place, scope, encoded, begun.outer)
        if (answer.status >= 200 && answer.status < 300) return answer
        throw errorFrom(await readWhole(answer))
      },
    })
  }
}

async function readWhole(answer: ClientAnswer): Promise<RawAnswer> {
  return { status: answer.status, headers: answer.headers, bytes: await answer.bytes() }
}
