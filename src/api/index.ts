/**
 * Api: what a service offers, as values without side effects.
 *
 *   post('/orders', { body, responses }) ─▶ Operation ─▶ defineApi({ place: … })
 *                                                             ├─▶ server   http: implement(api, handlers)
 *                                                             ├─▶ client   ClientOf<typeof api>, made real by client/
 *                                                             └─▶ document openApiDocument ─▶ openApiPage
 */
export type {
  Answer,
  AnswerOf,
  CallArgs,
  CallOptions,
  ClientCall,
  ClientOf,
  ClientRequest,
  StreamCall,
  SuccessBody,
  UnaryCall,
} from './client-of.ts'
export {
  defineApi,
  del,
  get,
  head,
  type NoSpec,
  type OperationBuilder,
  options,
  patch,
  post,
  put,
} from './define-api.ts'
export { type DocumentedOperation, type OpenApiDocument, type OpenApiOptions, openApiDocument } from './openapi.ts'
export { type OpenApiPage, openApiPage } from './openapi-page.ts'
export type {
  Api,
  Method,
  Operation,
  OperationKind,
  OperationSpec,
  RawCookies,
  RawHeaders,
  RawQuery,
  RequestOf,
  ResponseBody,
  Responses,
  StatusOf,
  SuccessStatus,
} from './operation.ts'
export type { PathArgs, PathParams } from './path-params.ts'
export { buildPath, type PathPattern, type PathValues, type PatternPart, parsePathPattern } from './path-pattern.ts'
