/**
 * Client: outgoing HTTP, typed by a contract.
 *
 *   client(api) ─▶ callEncoder ─▶ Upstream (retry, breaker, balancing) ─▶ HttpClient (deadline, trace, pool) ─▶ wire
 *        where? ─▶ Resolver (environment; registries come with discovery)    decodeAnswer ─▶ value │ ServiceError
 */
export type { BalancingOptions, PlaceView } from './balancer.ts'
export { type ClientOptions, type ClientTarget, client, upstreamOf } from './client.ts'
export type { ClientAnswer } from './client-answer.ts'
export type { PoolOptions, PoolView, TlsSource } from './connection-pool.ts'
export { type DefaultPolicyOptions, defaultPolicies, isSafeToRepeat } from './default-policies.ts'
export { addressVariable, environmentResolver } from './environment-resolver.ts'
export { HttpClient, type HttpClientOptions, type HttpRequest, type RedirectOptions } from './http-client.ts'
export type { ProxyOptions } from './proxies.ts'
export type { HttpBody } from './request-body.ts'
export type { Addresses, Resolver } from './resolver.ts'
export { type TlsFileOptions, tlsFiles } from './tls-files.ts'
export type { Upstream, UpstreamOptions, UpstreamView } from './upstream.ts'
export { type Guard, type GuardOptions, type SafeUrl, safeUrl } from './url-guard.ts'
