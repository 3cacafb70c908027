/**
 * The part of Bun's own API that this folder uses. Bun is read from the global object once, here; nothing else may name it.
 * Written against Bun 1.4.5.
 */
import type { X509Certificate } from 'node:crypto'

export interface BunApi {
  /** @throws an error with a system `code` where there is one */
  listen<Data>(options: BunListenOptions<Data>): BunListenerHandle
  /** Resolves when TCP stands, before a TLS handshake. */
  connect<Data>(options: BunConnectOptions<Data>): Promise<BunSocketHandle<Data>>
  /** The whole heap as the text of a `.heapsnapshot`. */
  generateHeapSnapshot(format: 'v8'): string
}

interface BunSocketOptions<Data> {
  allowHalfOpen: boolean
  tls?: BunTlsOptions
  socket: BunSocketHandlers<Data>
}

export type BunListenOptions<Data> = BunSocketOptions<Data> & BunListenAddress

export type BunListenAddress =
  | { hostname: string; port: number; reusePort: boolean }
  | { unix: string }
  | { fd: number }

export type BunConnectOptions<Data> = BunSocketOptions<Data> & BunConnectAddress & { data?: Data }

/** With `fd`, it takes over a descriptor for a socket that is connected already. */
export type BunConnectAddress = { hostname: string; port: number } | { unix: string } | { fd: number }

export interface BunTlsOptions {
  serverName?: string
  ca?: string
  cert?: string
  key?: string
  /** In wire format: each name behind its length in one byte (RFC 7301 section 3.1). */
  ALPNProtocols?: Uint8Array
  requestCert?: boolean
  rejectUnauthorized: boolean
}

export interface BunListenerHandle {
  readonly hostname: string
  readonly port: number
  readonly fd: number
  /** Fills `address` in. */
  getsockname(address: { address?: string; port?: number }): void
  /** Closes the listening socket at once; with `true` its connections too. Removes the file of a Unix socket. */
  stop(closeActiveConnections?: boolean): void
}

export interface BunSocketHandlers<Data> {
  /** TCP stands. The first event of TLS as well, where `handshake` is given. */
  open?(socket: BunSocketHandle<Data>): void
  /** `succeeded` is true even for a client certificate that does not verify; `error` then says so. */
  handshake?(socket: BunSocketHandle<Data>, succeeded: boolean, error: Error | null): void
  data?(socket: BunSocketHandle<Data>, bytes: Uint8Array): void
  /** Writable again; also comes without a write that was cut short. */
  drain?(socket: BunSocketHandle<Data>): void
  /** FIN. */
  end?(socket: BunSocketHandle<Data>): void
  close?(socket: BunSocketHandle<Data>, error?: Error): void
  /** A handler threw, or an established TLS session failed. */
  error?(socket: BunSocketHandle<Data>, error: Error): void
  connectError?(socket: BunSocketHandle<Data>, error: Error): void
}

export interface BunSocketHandle<Data> {
  data: Data
  /** Writes what fits and returns its length in bytes, -1 when the connection is gone. Queues nothing. */
  write(bytes: Uint8Array, from?: number, length?: number): number
  write(text: string, encoding: 'latin1'): number
  /** Sends FIN and goes on reading. */
  shutdown(): void
  /** Closes both directions; calls the `close` handler before it returns. */
  close(): void
  /** The same with RST. */
  terminate(): void
  pause(): void
  resume(): void
  setNoDelay(on: boolean): boolean
  setKeepAlive(on: boolean, initialDelayMs: number): boolean
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly authorized: boolean
  readonly alpnProtocol: string | false | null
  getServername(): string | false | null | undefined
  getPeerX509Certificate(): X509Certificate | undefined
}

export const bun: BunApi = (globalThis as unknown as { Bun: BunApi }).Bun
