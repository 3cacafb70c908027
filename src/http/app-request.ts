/** `app.request()`: the arguments of `fetch`, answered without a socket. */
import type { Clock } from '../foundation/clock/clock.ts'
import type { ExchangeHandler } from '../wire/exchange.ts'
import { exchangeInMemory, type MemoryAnswer, type MemoryRequest } from '../wire/memory-exchange.ts'
import { toWebStream } from './internal/web-stream.ts'

export interface AppRequestInit {
  /** Default `GET`. */
  method?: string
  headers?: ConstructorParameters<typeof Headers>[0]
  /** What `fetch` takes; a plain object or array is sent as JSON. */
  body?: ConstructorParameters<typeof Response>[0] | object
  /** The client leaves when it aborts. */
  signal?: AbortSignal
  /** Address that the request seems to come from; default `127.0.0.1`. */
  ip?: string
}

export interface RequestHandling {
  readonly handler: ExchangeHandler
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

/** Resolves with the head of the answer. @throws the reason of an aborted signal; `ANSWER_INCOMPLETE` after `c.abort()`. */
export async function requestApp(
  { handler, clock, onError }: RequestHandling,
  input: string | URL | Request,
  init: AppRequestInit = {},
): Promise<Response> {
  const request = input instanceof Request ? fromWebRequest(input) : await fromParts(String(input), init)
  const signal = input instanceof Request ? input.signal : init.signal
  signal?.throwIfAborted()
  const call = exchangeInMemory(request, { handler, clock, onError })
  const leave = () => call.cancel()
  if (signal?.aborted === true) leave()
  else signal?.addEventListener('abort', leave, { once: true })
  try {
    return toWebResponse(await call.answer, leave)
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error
  }
}

async function fromParts(input: string, { method = 'GET', headers, body, ip }: AppRequestInit): Promise<MemoryRequest> {
  const fields = new Headers(headers)
  const isJson = isPlainObject(body)
  // A `Response` knows what each kind of body is in bytes, and its content-type.
  const content = new Response(isJson ? JSON.stringify(body) : (body ?? null))
  const type = isJson ? 'application/json' : content.headers.get('content-type')
  if (type !== null && !fields.has('content-type')) fields.set('content-type', type)
  return {
    ...placeOf(input, fields),
    method: method.toUpperCase(),
    headers: fields,
    ...(body != null && { body: body instanceof ReadableStream ? body : await content.bytes() }),
    ...(ip !== undefined && { peer: { address: ip, port: 0 } }),
  }
}

function fromWebRequest(request: Request): MemoryRequest {
  const headers = new Headers(request.headers)
  const place = placeOf(request.url, headers)
  return { ...place, method: request.method, headers, ...(request.body !== null && { body: request.body }) }
}

/** A path is sent as it stands; an address gives its host and scheme. */
function placeOf(input: string, headers: Headers): Pick<MemoryRequest, 'target' | 'scheme'> {
  if (!/^https?:/i.test(input)) return { target: input }
  const { protocol, host, pathname, search } = new URL(input)
  if (!headers.has('host')) headers.set('host', host)
  return { target: pathname + search, scheme: protocol === 'https:' ? 'https' : 'http' }
}

function isPlainObject(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false
  return Object.getPrototypeOf(body) === Object.prototype || Array.isArray(body)
}

/** Trailers and interim answers have no place in it. */
function toWebResponse({ status, headers, body }: MemoryAnswer, leave: () => void): Response {
  const fields = new Headers()
  for (let i = 0; i < headers.pairs.length; i += 2) {
    fields.append(headers.pairs[i] as string, headers.pairs[i + 1] as string)
  }
  const isBodiless = status === 204 || status === 205 || status === 304
  return new Response(isBodiless ? null : toWebStream(body, leave), { status, headers: fields })
}
