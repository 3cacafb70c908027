/**
 * Opening connections on `Bun.connect`.
 *
 *   start ─▶ open (TCP stands) ──plain──────▶ opened
 *                  └─TLS─▶ handshake ──ok──▶ opened
 *   a refusal, a failed handshake, the time limit or the signal, whichever comes first ─▶ given up
 */
import type { ConnectOptions } from '../connect.ts'
import type { Socket, TlsPeer } from '../socket.ts'
import { defaultConnectTimeoutMs, defaultHost } from '../socket-defaults.ts'
import { connectError, connectTimeout, tlsError } from '../socket-errors.ts'
import type { TlsClientOptions } from '../tls.ts'
import { alpnWireFormat } from './alpn.ts'
import { type BunConnectAddress, type BunTlsOptions, bun } from './bun-api.ts'
import { BunSocket, type NativeSocket, socketEvents, tlsPeerFrom } from './bun-socket.ts'

export async function connect<State>(options: ConnectOptions<State>): Promise<Socket<State>> {
  options.signal?.throwIfAborted()
  return new Attempt(options).start()
}

class Attempt<State> {
  readonly #options: ConnectOptions<State>
  readonly #outcome = Promise.withResolvers<Socket<State>>()
  readonly #timer: NodeJS.Timeout
  #native: NativeSocket | undefined
  #settled = false

  constructor(options: ConnectOptions<State>) {
    const { timeoutMs = defaultConnectTimeoutMs, signal } = options
    this.#options = options
    this.#timer = setTimeout(() => this.#giveUp(connectTimeout(options, timeoutMs)), timeoutMs)
    signal?.addEventListener('abort', this.#onAbort)
  }

  start(): Promise<Socket<State>> {
    const { tls } = this.#options
    const address = addressFrom(this.#options)
    const events = { ...socketEvents, ...this.#events(tls !== undefined) }
    const settings = { ...address, allowHalfOpen: true, socket: events }
    const failed = (error: unknown): void => this.#giveUp(connectError(this.#options, error))
    try {
      bun.connect(tls === undefined ? settings : { ...settings, tls: tlsSettings(tls) }).catch(failed)
    } catch (error) {
      failed(error)
    }
    return this.#outcome.promise
  }

  #events(encrypted: boolean): typeof socketEvents {
    return {
      open: (native) => {
        this.#native = native
        if (this.#settled) native.terminate()
        else if (!encrypted) this.#opened(native)
      },
      handshake: (native, succeeded, error) => {
        if (succeeded && native.authorized) this.#opened(native, tlsPeerFrom(native))
        else this.#giveUp(tlsError(this.#options, error))
      },
      close: (native, error) => {
        if (native.data !== undefined) native.data.closed(error)
        else this.#giveUp(encrypted ? tlsError(this.#options, error) : connectError(this.#options, error))
      },
      connectError: (_native, error) => this.#giveUp(connectError(this.#options, error)),
    }
  }

  #opened(native: NativeSocket, tls?: TlsPeer): void {
    if (this.#settled) return
    this.#settle()
    const { state, handlers } = this.#options
    const socket = new BunSocket({ native, state, handlers, ...(tls !== undefined && { tls }) })
    socket.open()
    this.#outcome.resolve(socket)
  }

  #giveUp(reason: unknown): void {
    if (this.#settled) return
    this.#settle()
    this.#outcome.reject(reason)
    this.#native?.terminate()
  }

  #settle(): void {
    this.#settled = true
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#giveUp(this.#options.signal?.reason)
}

function addressFrom<State>({ host = defaultHost, port = 0, path }: ConnectOptions<State>): BunConnectAddress {
  return path === undefined ? { hostname: host, port } : { unix: path }
}

function tlsSettings({ serverName, ca, cert, key, alpnProtocols }: TlsClientOptions): BunTlsOptions {
  return {
    rejectUnauthorized: true,
    ...(serverName !== undefined && { serverName }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(alpnProtocols !== undefined && { ALPNProtocols: alpnWireFormat(alpnProtocols) }),
  }
}
