/**
 * ClientOf: the client of a contract, as a type. `client/` makes it real; nothing is generated.
 *
 *   const order = await orders.place({ body: { sku, quantity } })      the body of the 2xx answer; others throw
 *   const answer = await orders.place.raw({ body })                    every declared answer: { status: 201, … } | { status: 409, … }
 *   for await (const event of orders.watch({ params: { id } })) …      events, for an operation with `stream`
 *
 * Requests are the input side of their schemas, answers the output side: both ends validate, so that a default or a date
 * is made where it is needed. What has no required part may be left out.
 */
import type { InputOf, OutputOf, Schema } from '../schema/schema.ts'
import type { HeaderList } from '../wire/headers.ts'
import type { Api, Operation, Responses, SuccessStatus } from './operation.ts'
import type { PathArgs } from './path-params.ts'

/** What every call may be told; a client may know more. */
export interface CallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined
  /** Time for the call in milliseconds, all attempts included; the context's deadline holds if it is nearer. */
  readonly timeoutMs?: number | undefined
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export type ClientOf<A extends Api, Options = CallOptions> = {
  readonly [Name in keyof A]: ClientCall<A[Name], Options>
}

export type ClientCall<O extends Operation, Options = CallOptions> = O['spec'] extends { readonly stream: Schema }
  ? StreamCall<ClientRequest<O['path'], O['spec']>, OutputOf<O['spec']['stream']>, Options>
  : UnaryCall<ClientRequest<O['path'], O['spec']>, SuccessBody<O['spec']>, AnswerOf<O['spec']>, Options>

export interface UnaryCall<Request, Success, Answer, Options> {
  /** @throws ServiceError for any answer but 2xx, with its `code` and `status` where it is a problem document. */
  (...args: CallArgs<Request, Options>): Promise<Success>
  /** Resolves with any answer whose status is declared. @throws ServiceError for others. */
  raw(...args: CallArgs<Request, Options>): Promise<Answer>
}

/** The request is sent when the iteration begins; leaving it ends the stream. */
export type StreamCall<Request, Event, Options> = (...args: CallArgs<Request, Options>) => AsyncIterable<Event>

/** Both are optional where the request has no required part. */
export type CallArgs<Request, Options> = keyof Request extends never
  ? [request?: undefined, options?: Options]
  : Partial<Request> extends Request
    ? [request?: Request, options?: Options]
    : [request: Request, options?: Options]

type PartName = 'params' | 'query' | 'headers' | 'cookies' | 'body' | 'form'

/** What a call sends: the declared parts, and the parameters of the path. */
export type ClientRequest<P extends string, S> = Flat<
  { readonly [Name in RequiredPart<P, S>]: PartOf<P, S, Name> } & {
    readonly [Name in Exclude<PartsOf<P, S>, RequiredPart<P, S>>]?: PartOf<P, S, Name>
  }
>

type Flat<T> = { [Name in keyof T]: T[Name] }

type PartsOf<P extends string, S> = (keyof S & PartName) | (keyof PathArgs<P> extends never ? never : 'params')

type PartOf<P extends string, S, Name> = Name extends keyof S
  ? S[Name] extends Schema
    ? InputOf<S[Name]>
    : unknown
  : PathArgs<P>

type RequiredPart<P extends string, S> = {
  [Name in PartsOf<P, S>]: MayBeLeftOut<PartOf<P, S, Name>> extends true ? never : Name
}[PartsOf<P, S>]

type MayBeLeftOut<T> = undefined extends T ? true : Record<never, never> extends T ? true : false

/** The body of the 2xx answer, or any of them; unknown where none is declared. */
export type SuccessBody<S> = S extends { readonly responses: infer R extends Responses }
  ? [keyof R & SuccessStatus] extends [never]
    ? unknown
    : Received<R[keyof R & SuccessStatus]>
  : unknown

/** Any declared answer, told apart by its status. */
export type AnswerOf<S> = S extends { readonly responses: infer R extends Responses }
  ? { [Status in keyof R & number]: Answer<Status, Received<R[Status]>> }[keyof R & number]
  : Answer<number, unknown>

export interface Answer<Status, Body> {
  readonly status: Status
  readonly headers: HeaderList
  readonly body: Body
}

/** `null` declares that there is no body. */
type Received<R> = R extends Schema ? OutputOf<R> : undefined
