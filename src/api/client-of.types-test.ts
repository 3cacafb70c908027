/** What a contract makes of its clients' types. */
import { z } from 'zod'
import type { HeaderList } from '../wire/headers.ts'
import type { AnswerOf, CallOptions, ClientOf, ClientRequest } from './client-of.ts'
import { defineApi, del, get, post, put } from './define-api.ts'
import type { Equal, Expect } from './expect.types-test.ts'
import type { Api, ResponseBody, StatusOf } from './operation.ts'
import type { PathArgs, PathParams } from './path-params.ts'

const Order = z.object({ id: z.string(), placedAt: z.iso.datetime().transform((text) => new Date(text)) })
const NewOrder = z.object({ sku: z.string(), quantity: z.int().default(1) })
const Problem = z.object({ code: z.string() })
const OrderEvent = z.object({ state: z.enum(['placed', 'sent']) })

const api = defineApi({
  place: post('/orders', { body: NewOrder, responses: { 201: Order, 409: Problem } }),
  list: get('/orders', { query: z.object({ page: z.int().optional() }), responses: { 200: z.array(Order) } }),
  find: get('/orders', { query: z.object({ sku: z.string() }) }),
  read: get('/orders/:id', { responses: { 200: Order, 204: null, 404: Problem } }),
  cancel: del('/orders/:id', { responses: { 204: null } }),
  replace: put('/users/:user/files/*path', { params: z.object({ user: z.coerce.number<number>(), path: z.string() }) }),
  watch: get('/orders/:id/events', { stream: OrderEvent }),
  ping: get('/ping'),
  say: post('/words', { body: z.string() }),
  tag: post('/tags', { body: z.array(z.string()) }),
  note: post('/notes', { body: z.string().optional() }),
  upload: post('/files', {
    form: z.object({ name: z.string() }),
    headers: z.object({ 'x-tag': z.string().optional() }),
  }),
})

type Client = ClientOf<typeof api>
type Placed = { id: string; placedAt: Date }

export type PathParameters = [
  Expect<Equal<PathParams<'/users/:id/files/*path'>, { readonly id: string; readonly path: string }>>,
  Expect<Equal<PathParams<'/user_:name/x'>, { readonly name: string }>>,
  Expect<Equal<keyof PathParams<'/time/12\\:30'>, never>>,
  Expect<Equal<PathParams<'/v1\\:batch/:id'>, { readonly id: string }>>,
  Expect<Equal<PathParams<string>, Readonly<Record<string, string>>>>,
  Expect<Equal<PathArgs<'/users/:id'>, { readonly id: string | number | bigint }>>,
]

export type Requests = [
  Expect<Equal<Parameters<Client['place']>[0], { readonly body: { sku: string; quantity?: number | undefined } }>>,
  Expect<Equal<Parameters<Client['find']>[0], { readonly query: { sku: string } }>>,
  Expect<Equal<Parameters<Client['replace']>[0], { readonly params: { user: number; path: string } }>>,
  Expect<Equal<Parameters<Client['read']>[0], { readonly params: { readonly id: string | number | bigint } }>>,
  Expect<
    Equal<
      Parameters<Client['list']>,
      [request?: { readonly query?: { page?: number | undefined } }, options?: CallOptions]
    >
  >,
  Expect<Equal<Parameters<Client['say']>[0], { readonly body: string }>>,
  Expect<Equal<Parameters<Client['tag']>[0], { readonly body: string[] }>>,
  Expect<Equal<Parameters<Client['note']>, [request?: { readonly body?: string | undefined }, options?: CallOptions]>>,
  Expect<Equal<Parameters<Client['ping']>, [request?: undefined, options?: CallOptions]>>,
  Expect<
    Equal<
      ClientRequest<'/files', (typeof api)['upload']['spec']>,
      { readonly form: { name: string }; readonly headers?: { 'x-tag'?: string | undefined } }
    >
  >,
]

export type Answers = [
  Expect<Equal<ReturnType<Client['place']>, Promise<Placed>>>,
  Expect<Equal<ReturnType<Client['read']>, Promise<Placed | undefined>>>,
  Expect<Equal<ReturnType<Client['cancel']>, Promise<undefined>>>,
  Expect<Equal<ReturnType<Client['ping']>, Promise<unknown>>>,
  Expect<Equal<ReturnType<Client['watch']>, AsyncIterable<{ state: 'placed' | 'sent' }>>>,
  Expect<Equal<Awaited<ReturnType<Client['place']['raw']>>['status'], 201 | 409>>,
  Expect<
    Equal<
      Extract<AnswerOf<(typeof api)['place']['spec']>, { status: 409 }>,
      { readonly status: 409; readonly headers: HeaderList; readonly body: { code: string } }
    >
  >,
]

type PlaceResponses = (typeof api)['place']['spec']['responses']

export type Serving = [
  Expect<Equal<StatusOf<PlaceResponses>, 201 | 409>>,
  Expect<Equal<ResponseBody<PlaceResponses, 201>, { id: string; placedAt: string }>>,
  Expect<Equal<ResponseBody<{ 204: null }, 204>, undefined>>,
]

export async function calls(orders: Client, anyApi: ClientOf<Api>): Promise<void> {
  await orders.ping()
  await orders.ping(undefined, { timeoutMs: 50 })
  await orders.list()
  await orders.list({ query: { page: 2 } })
  await orders.read({ params: { id: 7 } })
  // @ts-expect-error: a required part is missing
  await orders.place()
  // @ts-expect-error: a member of the body is missing
  await orders.place({ body: {} })
  // @ts-expect-error: a path needs its parameters
  await orders.read({})
  // @ts-expect-error: there is no such part
  await orders.list({ body: {} })
  // @ts-expect-error: nothing can be sent
  await orders.ping({ query: {} })
  // @ts-expect-error: no such operation
  await orders.refund()
  const answer = await orders.place.raw({ body: { sku: 'a' } })
  if (answer.status === 201) answer.body.placedAt.getTime()
  else answer.body.code.trim()
  await anyApi.anything?.({ body: 1 })
}
