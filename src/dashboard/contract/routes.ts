/** Routes: what services answer, and trying it. */
import { get, post } from '../../api/define-api.ts'
import { answer, integer, object, oneOf, optional, text, texts } from '../../schema/shape.ts'
import type { Asked, ByName, Get, Post } from './operations.ts'
import { ServiceName } from './query.ts'

export interface ServiceRoutes {
  readonly service: string
  readonly url: string
  /** False for a service that is down or does not serve `/openapi.json`; it has no routes here then. */
  readonly hasOpenApi: boolean
  readonly routes: readonly RouteView[]
}

export interface RouteView {
  readonly method: string
  /** As OpenAPI writes it, such as `/orders/{id}`. */
  readonly path: string
  readonly name: string
  readonly summary: string
}

export interface TryAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The first 1 MiB. */
  readonly body: string
  /** `base64` for what is no UTF-8 text. */
  readonly bodyEncoding: 'text' | 'base64'
  readonly isCut: boolean
  readonly durationMs: number
  /** Of the request; its spans arrive within seconds. */
  readonly traceId: string
}

export interface TryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Path and query, from `/` on; the service is the one in the operation's own path, and no other host can be reached. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Default 10,000, at most 60,000. */
  readonly timeoutMs?: number | undefined
}

export type RoutesApi = {
  readonly listRoutes: Get<'/api/routes', { readonly services: readonly ServiceRoutes[] }>
  /** The service's own OpenAPI 3.1 document. 502 `SERVICE_UNREACHABLE`. */
  readonly readOpenApi: Get<'/api/services/:name/openapi', Readonly<Record<string, unknown>>, ByName>
  /** 502 `SERVICE_UNREACHABLE`, 504 `TRY_TIMEOUT`; whatever the service itself answers is 200 here, with its status inside. */
  readonly tryRequest: Post<'/api/services/:name/try', 200, TryAnswer, ByName & Asked<'body', TryRequest>>
}

export const routesApi: RoutesApi = {
  listRoutes: get('/api/routes', { responses: { 200: answer() } }),
  readOpenApi: get('/api/services/:name/openapi', { params: ServiceName, responses: { 200: answer() } }),
  tryRequest: post('/api/services/:name/try', {
    params: ServiceName,
    body: object({
      method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
      path: text({ min: 1, max: 8_192, pattern: /^\/[^\s]*$/ }),
      headers: optional(texts({ max: 8_192, maxMembers: 64 })),
      body: optional(text({ max: 1_048_576 })),
      timeoutMs: optional(integer({ min: 1, max: 60_000 })),
    }),
    responses: { 200: answer() },
  }),
}
