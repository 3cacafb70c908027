/** Accepting connections on `Bun.listen`. */
import { linkSync, renameSync } from 'node:fs'
import type { CancelTimer } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Listener, ListenOptions } from '../listen.ts'
import type { SocketHandlers } from '../socket.ts'
import { defaultAlpnProtocols, defaultHandshakeTimeoutMs, defaultHost } from '../socket-defaults.ts'
import type { TlsIdentity, TlsServerOptions } from '../tls.ts'
import { checkTlsIdentity } from '../tls-identity.ts'
import { alpnWireFormat } from './alpn.ts'
import { bind } from './bind.ts'
import {
  type BunListenAddress,
  type BunListenerHandle,
  type BunSocketHandlers,
  type BunTlsOptions,
  bun,
} from './bun-api.ts'
import { BunSocket, type Carried, type NativeSocket, socketEvents, tlsPeerFrom } from './bun-socket.ts'
import { duplicateDescriptor } from './descriptor.ts'

export async function listen<State>(options: ListenOptions<State>): Promise<Listener> {
  if (options.tls) checkTlsIdentity(options.tls)
  const native = await bind(options, () => attempt(options))
  return new BunListener(native, options)
}

function attempt<State>(options: ListenOptions<State>): BunListenerHandle {
  const { tls, handlers } = options
  const address = addressFrom(options)
  if (tls === undefined) return bun.listen({ ...address, allowHalfOpen: true, socket: tcpEvents(handlers) })
  return bun.listen({ ...address, allowHalfOpen: true, tls: tlsSettings(tls), socket: tlsEvents(handlers, tls) })
}

function addressFrom<State>({ fd, path, host, port, sharedPort }: ListenOptions<State>): BunListenAddress {
  if (fd !== undefined) return { fd }
  if (path !== undefined) return { unix: path }
  return { hostname: host ?? defaultHost, port: port ?? 0, reusePort: sharedPort ?? false }
}

function tlsSettings(tls: TlsServerOptions): BunTlsOptions {
  const { cert, key, ca, alpnProtocols = defaultAlpnProtocols, clientCertificates = 'none' } = tls
  const settings = {
    cert,
    key,
    ALPNProtocols: alpnWireFormat(alpnProtocols),
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'require',
  }
  return ca === undefined ? settings : { ...settings, ca }
}

function tcpEvents<State>(handlers: SocketHandlers<State>): BunSocketHandlers<Carried> {
  return {
    ...socketEvents,
    open: (native) => new BunSocket({ native, state: undefined as State, handlers }).open(),
  }
}

function tlsEvents<State>(
  handlers: SocketHandlers<State>,
  { clientCertificates, handshakeTimeoutMs = defaultHandshakeTimeoutMs }: TlsServerOptions,
): BunSocketHandlers<Carried> {
  const limits = new WeakMap<NativeSocket, CancelTimer>()
  return {
    ...socketEvents,
    open(native) {
      limits.set(
        native,
        systemClock.schedule(handshakeTimeoutMs, () => native.terminate()),
      )
    },
    // Called for a connection that closes before its handshake as well.
    handshake(native, succeeded) {
      limits.get(native)?.()
      // Bun calls it a success that a client certificate did not verify, even where one is required.
      const refused = !succeeded || (clientCertificates === 'require' && !native.authorized)
      if (refused) native.close()
      else new BunSocket({ native, state: undefined as State, handlers, tls: tlsPeerFrom(native) }).open()
    },
  }
}

class BunListener<State> implements Listener {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  #native: BunListenerHandle
  #options: ListenOptions<State>

  constructor(native: BunListenerHandle, options: ListenOptions<State>) {
    this.#native = native
    this.#options = options
    this.path = options.path
    const bound: { address?: string; port?: number } = {}
    if (options.path === undefined) native.getsockname(bound)
    this.host = bound.address ?? ''
    this.port = bound.port ?? 0
  }

  async close(): Promise<void> {
    this.#native.stop()
  }

  /**
   * Bun cannot change the certificate of a listener, but it can listen on a descriptor: a second listener on the same
   * listening socket takes over, and no connection that waits to be accepted is lost.
   */
  reloadTls(identity: TlsIdentity): void {
    if (this.#options.tls === undefined) throw noTls()
    checkTlsIdentity(identity)
    const { cert, key, ca = this.#options.tls.ca } = identity
    const tls = { ...this.#options.tls, cert, key, ...(ca !== undefined && { ca }) }
    const successor = attempt({ ...this.#options, tls, fd: duplicateDescriptor(this.#native.fd) })
    if (this.path === undefined) this.#native.stop()
    else stopKeepingFile(this.#native, this.path)
    this.#native = successor
    this.#options = { ...this.#options, tls }
  }
}

/** Bun removes the file of a Unix socket when its listener stops; here the socket lives on. */
function stopKeepingFile(native: BunListenerHandle, path: string): void {
  const aside = `${path}.reload`
  linkSync(path, aside)
  native.stop()
  renameSync(aside, path)
}

function noTls(): ServiceError {
  return new ServiceError('NO_TLS', 'This listener has no TLS, so there is nothing to reload: give `tls` to listen().')
}
