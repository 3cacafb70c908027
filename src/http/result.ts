/**
 * Result: what a handler may give back, and how it becomes the answer.
 *
 *   Reply                        from `c.json()`, `c.text()`, …: taken as it is
 *   string                       text/plain; JSON where the status has a response schema
 *   Uint8Array                   application/octet-stream
 *   async iterable, stream       SSE where the route declares `stream`, else a stream of bytes or text
 *   Response                     status, headers and body of the web answer
 *   undefined                    what was recorded with `c.json()` and the like, or 204
 *   anything else, null too      JSON
 *
 * The status is the one that was set, else 200 or the only 2xx that the route declares.
 */
import type { ResponseBody, Responses } from '../api/operation.ts'
import type { Reply } from './reply.ts'
import type { EventSource } from './response/server-sent-event.ts'

/** What a layer may give back: an answer of its own, or nothing, which keeps the answer from inside. */
export type Result = Outcome | Promise<Outcome>
// A layer that ends without `return` is the common case, so `void` stands beside `undefined`.
// biome-ignore lint/suspicious/noConfusingVoidType: it is the return type of a function.
export type Outcome = Reply | Response | undefined | void

/** What a handler may give back; plain values are checked against the schema of the default success status. */
export type HandlerResult<R extends ResultShape> = HandlerOutcome<R> | Promise<HandlerOutcome<R>>

export type HandlerOutcome<R extends ResultShape> =
  | Outcome
  | ResponseBody<R['responses'], SuccessOf<R['responses']>>
  | ([R['stream']] extends [never] ? never : EventSource<R['stream']>)

/** The two members of a request type that decide about results. */
export interface ResultShape {
  readonly responses: unknown
  readonly stream: unknown
}

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226

/** The status of an answer that names none: 200, or the only 2xx declared; `never` if several others are. */
export type SuccessOf<R> = R extends Responses ? (200 extends keyof R ? 200 : OnlyOne<keyof R & SuccessStatus>) : number

type OnlyOne<T, All = T> = [T] extends [never] ? never : T extends T ? ([All] extends [T] ? T : never) : never
