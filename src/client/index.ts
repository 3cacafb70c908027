/**
 * Client: outgoing HTTP, typed by a contract.
 *
 *   client(api) ─▶ encodeCall ─▶ HttpClient (deadline, trace, pool) ─▶ wire ─▶ decodeAnswer ─▶ value │ ServiceError
 *        where? ─▶ Resolver (environment; registries come with discovery)
 */
export { type ClientOptions, type ClientTarget, client } from './client.ts'
export type { ClientAnswer } from './client-answer.ts'
export type { PoolOptions } from './connection-pool.ts'
export { addressVariable, environmentResolver } from './environment-resolver.ts'
export { HttpClient, type HttpClientOptions, type HttpRequest } from './http-client.ts'
export type { Resolver } from './resolver.ts'
