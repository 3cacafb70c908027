/**
 * client(api): the typed client of a contract, with no code generated.
 *
 *   const orders = client(ordersApi, { service: 'orders' })
 *   const order = await orders.place({ body: { sku, quantity } })
 *
 *   call ─▶ encodeCall ─▶ HttpClient ─▶ decodeAnswer ─▶ body through its schema
 *                                    └▶ not 2xx ─▶ ServiceError with the code of the other side
 */
import type { Answer, CallOptions, ClientOf } from '../api/client-of.ts'
import type { Api, Operation } from '../api/operation.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientAnswer } from './client-answer.ts'
import { decodeAnswer, errorFrom, isDeclared, type RawAnswer } from './decode-answer.ts'
import { type CallParts, encodeCall } from './encode-call.ts'
import { environmentResolver } from './environment-resolver.ts'
import { readEvents } from './event-reader.ts'
import { HttpClient, type HttpClientOptions } from './http-client.ts'
import type { Resolver } from './resolver.ts'

export type ClientOptions = HttpClientOptions & {
  /** Shares connections and settings with other clients; default one of its own. */
  http?: HttpClient
} & ClientTarget

/** Either where the service is, or its name and who knows where that is. */
export type ClientTarget =
  | { /** Base URL; a path in it comes before those of the operations. */ url: string }
  | {
      /** The name of the service. */
      service: string
      /** Default: the environment (`ORDERS_URL`). */
      resolver?: Resolver
    }

/** Makes the client; nothing is connected or looked up before the first call. */
export function client<const A extends Api>(api: A, options: ClientOptions): ClientOf<A> {
  const http = options.http ?? new HttpClient(options)
  const base = baseUrlOf(options)
  const calls = Object.entries(api).map(([name, operation]) => [name, callOf(operation, http, base)])
  // Built from the contract's own entries, one call for each: what `ClientOf` says, beyond what the checker can follow.
  return Object.freeze(Object.fromEntries(calls)) as ClientOf<A>
}

/** Events carry JSON, whatever the stream around them is. */
const jsonHeaders = HeaderList.from([['content-type', 'application/json']])

type BaseUrl = () => string | Promise<string>

function baseUrlOf(target: ClientTarget): BaseUrl {
  if ('url' in target) return () => target.url
  const { service, resolver = environmentResolver } = target
  return () => resolver.resolve(service)
}

type Call = (parts?: CallParts, options?: CallOptions) => unknown

function callOf(operation: Operation, http: HttpClient, base: BaseUrl): Call {
  const send = (parts: CallParts = {}, options: CallOptions = {}): Promise<ClientAnswer> =>
    sendCall(operation, { http, base, parts, options })
  if (operation.kind === 'stream') return (parts, options) => events(operation, () => send(parts, options))
  const raw = async (parts?: CallParts, options?: CallOptions): Promise<Answer<number, unknown>> => {
    const answer = await readWhole(await send(parts, options))
    if (!isDeclared(operation, answer.status)) throw errorFrom(answer)
    return { status: answer.status, headers: answer.headers, body: await decodeAnswer(operation, answer) }
  }
  const call = async (parts?: CallParts, options?: CallOptions): Promise<unknown> => {
    const answer = await readWhole(await send(parts, options))
    if (!isSuccess(answer.status)) throw errorFrom(answer)
    return decodeAnswer(operation, answer)
  }
  return Object.assign(call, { raw })
}

interface Sending {
  readonly http: HttpClient
  readonly base: BaseUrl
  readonly parts: CallParts
  readonly options: CallOptions
}

async function sendCall(operation: Operation, { http, base, parts, options }: Sending): Promise<ClientAnswer> {
  const { target, headers, body } = encodeCall(operation, parts, options.headers)
  const root = (await base()).replace(/\/+$/, '')
  return http.request(`${root}${target}`, {
    method: operation.method,
    headers,
    ...(body !== undefined && { body }),
    signal: options.signal,
    timeoutMs: options.timeoutMs,
    isStream: operation.kind === 'stream',
  })
}

/** The request goes out when the iteration begins. */
async function* events(operation: Operation, send: () => Promise<ClientAnswer>): AsyncGenerator<unknown> {
  const answer = await send()
  if (!isSuccess(answer.status)) throw errorFrom(await readWhole(answer))
  const asAnswer: Operation = { ...operation, spec: { responses: { 200: operation.spec.stream ?? null } } }
  for await (const { data } of readEvents(answer.pieces())) {
    yield await decodeAnswer(asAnswer, { status: 200, headers: jsonHeaders, bytes: new TextEncoder().encode(data) })
  }
}

async function readWhole(answer: ClientAnswer): Promise<RawAnswer> {
  return { status: answer.status, headers: answer.headers, bytes: await answer.bytes() }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
