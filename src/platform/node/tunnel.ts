/**
 * Connections through a proxy, by HTTP CONNECT (RFC 9110 section 9.3.6).
 *
 *   TCP to the proxy ─▶ CONNECT target ──2xx──▶ plain: open        TLS: handshake with the target ─▶ open
 *                            └─ anything else ─▶ PROXY_REFUSED
 */
import { type Socket as NetSocket, connect as netConnect } from 'node:net'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ConnectOptions, TunnelOptions } from '../connect.ts'
import type { Socket } from '../socket.ts'
import { defaultConnectTimeoutMs, defaultHost } from '../socket-defaults.ts'
import { connectError, connectTimeout, tlsError } from '../socket-errors.ts'
import { opened, tlsSettings } from './connect.ts'
import { tlsPeerFrom } from './node-socket.ts'

/** A proxy's answer to CONNECT is short. */
const maxHeadBytes = 16 * 1024

/** @throws as `connect`. */
export async function connectThrough<State>(
  options: ConnectOptions<State>,
  tunnel: TunnelOptions,
): Promise<Socket<State>> {
  const { host = defaultHost, port = 0, timeoutMs = defaultConnectTimeoutMs, signal, tls } = options
  signal?.throwIfAborted()
  const native = netConnect({ host, port, noDelay: true })
  const limits = new Limits(native, () => connectTimeout(options, timeoutMs), timeoutMs, signal)
  try {
    await limits.until(native, 'connect', (cause) => connectError(options, cause))
    native.write(connectHead(tunnel))
    await readHead(native, limits, tunnel)
    if (tls === undefined) return opened(native, options)
    const { connect } = await import('node:tls')
    const [name = ''] = /^[^:[\]]+(?=:)/.exec(tunnel.target) ?? []
    const secured = connect({ ...(name !== '' && { host: name }), ...tlsSettings(tls), socket: native })
    await limits.until(secured, 'secureConnect', (cause) => tlsError(options, cause))
    return opened(secured, options, tlsPeerFrom(secured))
  } catch (error) {
    native.destroy()
    throw error
  } finally {
    limits.release()
  }
}

function connectHead({ target, authorization }: TunnelOptions): string {
  const credentials = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`
  return `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${credentials}\r\n`
}

/** Nothing comes behind the head: it is the client who speaks first, under TLS and under HTTP. */
async function readHead(native: NetSocket, limits: Limits, tunnel: TunnelOptions): Promise<void> {
  let text = ''
  while (!text.includes('\r\n\r\n')) {
    const piece = await limits.piece(native, tunnel)
    text += piece.toString('latin1')
    if (text.length > maxHeadBytes) throw refused(tunnel, 'its answer does not end')
  }
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(text)?.[1]
  if (status === undefined) throw refused(tunnel, 'it does not speak HTTP')
  if (!status.startsWith('2')) throw refused(tunnel, `it answered ${status}`)
  if (!text.endsWith('\r\n\r\n')) throw refused(tunnel, 'it sent more than its answer')
}

/** Ends whatever is awaited when the time is over, the caller gives up, or the connection closes. */
class Limits {
  readonly #failed = Promise.withResolvers<never>()
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => this.#failed.reject(this.#signal?.reason)
  readonly #native: NetSocket
  readonly #ignoreError = (): void => {}

  constructor(native: NetSocket, late: () => ServiceError, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#native = native
    this.#signal = signal
    this.#failed.promise.catch(() => {})
    this.#timer = setTimeout(() => this.#failed.reject(late()), timeoutMs)
    signal?.addEventListener('abort', this.#onAbort)
    native.on('error', this.#ignoreError)
  }

  async until(socket: NetSocket, event: string, failed: (cause: unknown) => ServiceError): Promise<void> {
    await this.#first<void>(socket, event, failed)
  }

  piece(socket: NetSocket, tunnel: TunnelOptions): Promise<Buffer> {
    socket.resume()
    return this.#first<Buffer>(socket, 'data', () => refused(tunnel, 'it closed the connection'))
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#native.off('error', this.#ignoreError)
  }

  async #first<T>(socket: NetSocket, event: string, failed: (cause: unknown) => ServiceError): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const onEvent = (value: T): void => {
      if (event === 'data') socket.pause()
      resolve(value)
    }
    const onClose = (): void => reject(failed(socket.errored ?? undefined))
    const onError = (cause: unknown): void => reject(failed(cause))
    socket.on(event, onEvent).on('close', onClose).on('error', onError)
    try {
      return await Promise.race([promise, this.#failed.promise])
    } finally {
      socket.off(event, onEvent).off('close', onClose).off('error', onError)
    }
  }
}

function refused({ target }: TunnelOptions, why: string): ServiceError {
  return new ServiceError('PROXY_REFUSED', `The proxy did not connect us to ${target}: ${why}.`, { status: 502 })
}
