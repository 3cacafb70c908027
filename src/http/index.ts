/**
 * HTTP: routes, middleware, binding and answers.
 *
 *   exchange ─▶ router ─▶ onion( middleware ─▶ … ─▶ binding ─▶ handler ) ─▶ reply ─▶ exchange
 *                             └─ any throw ─▶ ServiceError ─▶ problem or envelope
 *
 *   app          createApp(): routes, groups, settings         context      one request, as handlers see it
 *   router/      bytes of a path → route                       binding/     schemas put to a request
 *   request/     query, cookies, bodies, forwarding            response/    what an answer is made of
 */

export type { ContentCoding } from '../wire/content-coding.ts'
export { App, type AppOptions, createApp } from './app.ts'
export type { AppRequestInit } from './app-request.ts'
export type { BodyCodec } from './binding/body-codec.ts'
export { HttpContext, type StreamOptions } from './context.ts'
export { DetachedContext } from './detached-context.ts'
export type { DetachedRequest, HandlerContext } from './handler-context.ts'
export type { ErrorHandler } from './internal/settings.ts'
export { type Middleware, type Next, nextThen, type OptionalMiddleware, optional, type StateOf } from './middleware.ts'
export type { FetchHandler } from './mount.ts'
export { preferredEncoding, preferredMediaType } from './negotiation/accept.ts'
export { type CompressionEncoding, type CompressionOptions, compressReply } from './negotiation/compression.ts'
export { type Observer, type ObserverLayer, observer } from './observer.ts'
export { type ByteSource, Reply, type ReplyBody } from './reply.ts'
export type { InputLimits } from './request/input-limits.ts'
export type { MultipartLimits, MultipartPart } from './request/multipart.ts'
export type { RawRequest } from './request/raw-request.ts'
export { type TrustedPeerOptions, TrustedPeers } from './request/trusted-peers.ts'
export type { AnyRequest, PlainRequest } from './request-shape.ts'
export type { CookieOptions } from './response/cookie.ts'
export type { EventStreamOptions } from './response/event-stream.ts'
export type { RedirectStatus } from './response/redirect.ts'
export { type EventSource, ServerSentEvent, type ServerSentEventOptions } from './response/server-sent-event.ts'
export type { TemplateEngine } from './response/template-engine.ts'
export type { HandlerResult, Outcome, Result, SuccessOf } from './result.ts'
export type { AnyHandler, Handler, Handlers, RegisterRoute, RouteInfo, RouteSpec } from './route.ts'
export { RouteGroup } from './route-group.ts'
export type { RouterOptions } from './router/router-options.ts'
export type { AdmissionView, SheddingOptions, TurnedAwayNews } from './shedding.ts'
export type { FileOptions, PrecompressedEncoding } from './static/file-reply.ts'
export { type StaticFolderOptions, staticFolder } from './static/static-folder.ts'
