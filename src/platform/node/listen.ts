/** Accepting connections on `node:net` and `node:tls`. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Listener, ListenOptions } from '../listen.ts'
import { defaultAlpnProtocols, defaultBacklog, defaultHandshakeTimeoutMs, defaultHost } from '../socket-defaults.ts'
import { listenError, systemCode } from '../socket-errors.ts'
import type { TlsIdentity, TlsServerOptions } from '../tls.ts'
import { checkTlsIdentity } from '../tls-identity.ts'
import { NodeSocket, tlsPeerFrom } from './node-socket.ts'
import { readsShared } from './shared-read.ts'
import { streamOptions } from './stream-options.ts'

export async function listen<State>(options: ListenOptions<State>): Promise<Listener> {
  if (options.tls) return listenTls(options, options.tls)
  const server = createServer(streamOptions)
  // A Unix socket cannot be reset.
  const resettable = options.path === undefined
  server.on('connection', (native) => {
    const isReadShared = readsShared(native)
    new NodeSocket({ native, state: undefined as State, handlers: options.handlers, resettable }).open(!isReadShared)
  })
  await bind(server, options)
  return new NodeListener(server)
}

async function listenTls<State>(options: ListenOptions<State>, tls: TlsServerOptions): Promise<Listener> {
  checkTlsIdentity(tls)
  const { createServer } = await import('node:tls')
  const server = createServer({ ...streamOptions, ...tlsSettings(tls) })
  server.on('secureConnection', (native: TLSSocket) => {
    const socket = { native, state: undefined as State, handlers: options.handlers, tls: tlsPeerFrom(native) }
    new NodeSocket({ ...socket, resettable: false }).open()
  })
  // Node.js leaves it to us to close a connection whose handshake failed or took too long.
  server.on('tlsClientError', (_error, native) => native.destroy())
  await bind(server, options)
  return new NodeListener(server, tls)
}

export function tlsSettings(tls: TlsServerOptions): object {
  const {
    alpnProtocols = defaultAlpnProtocols,
    clientCertificates = 'none',
    handshakeTimeoutMs = defaultHandshakeTimeoutMs,
  } = tls
  return {
    ...identitySettings(tls),
    ALPNProtocols: [...alpnProtocols],
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'require',
    handshakeTimeout: handshakeTimeoutMs,
  }
}

function identitySettings({ cert, key, ca }: TlsIdentity): { cert: string; key: string; ca?: string } {
  return ca === undefined ? { cert, key } : { cert, key, ca }
}

type BindOptions = Pick<ListenOptions, 'host' | 'port' | 'path' | 'fd' | 'sharedPort' | 'backlog'>

export async function bind(server: Server, options: BindOptions): Promise<void> {
  try {
    await attempt(server, options)
  } catch (error) {
    if (options.path === undefined || systemCode(error) !== 'EADDRINUSE') throw listenError(options, error)
    const { removeStaleSocket } = await import('../unix-socket-file.ts')
    const { connect } = await import('./connect.ts')
    await removeStaleSocket(options.path, connect)
    await attempt(server, options).catch((error: unknown) => {
      throw listenError(options, error)
    })
  }
}

async function attempt(server: Server, options: BindOptions): Promise<void> {
  const { host = defaultHost, port = 0, path, fd, sharedPort = false, backlog = defaultBacklog } = options
  // `exclusive`: under node:cluster too, whoever listens is this process.
  if (fd !== undefined) server.listen({ fd, backlog, exclusive: true })
  else if (path !== undefined) server.listen({ path, backlog, exclusive: true })
  else if (sharedPort || !bindNumeric(server, { host, port, backlog })) {
    server.listen({ host, port, backlog, reusePort: sharedPort, exclusive: true })
  }
  await once(server, 'listening')
  // From here on an error is one of accepting, which costs a connection that never was, but without a listener the process.
  server.on('error', () => undefined)
}

interface Place {
  readonly host: string
  readonly port: number
  readonly backlog: number
}

/** What `listen()` of `node:net` calls when it has looked up the host; undocumented, and there since Node.js 0.x. */
interface Binder {
  _listen2?: (address: string, port: number, family: 4, backlog: number) => void
}

/**
 * Binds an IPv4 address without looking it up as a name: for the answer of that `node:net` compiles a regular expression
 * of IPv6, 5 ms of each start. False, and nothing is done, for any other host.
 */
function bindNumeric(server: Server & Binder, { host, port, backlog }: Place): boolean {
  if (server._listen2 === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(host)) return false
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) return false
  server._listen2(host, port, 4, backlog)
  return true
}

export class NodeListener implements Listener {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  readonly #server: Server
  #tls: TlsIdentity | undefined

  /** With `tls`, the server is one of `node:tls` or `node:https`. */
  constructor(server: Server, tls?: TlsIdentity) {
    const address = server.address()
    this.#server = server
    this.#tls = tls
    this.path = typeof address === 'string' ? address : undefined
    this.host = typeof address === 'string' ? '' : (address?.address ?? '')
    this.port = typeof address === 'string' ? 0 : (address?.port ?? 0)
  }

  close(): Promise<void> {
    // The callback of `close` waits for open connections as well; the port is free as soon as the handle is closed.
    this.#server.close()
    return new Promise((resolve) => setImmediate(resolve))
  }

  reloadTls(identity: TlsIdentity): void {
    if (this.#tls === undefined) throw noTls()
    checkTlsIdentity(identity)
    this.#tls = { ...this.#tls, ...identitySettings(identity) }
    ;(this.#server as TlsServer).setSecureContext(identitySettings(this.#tls))
  }
}

function noTls(): ServiceError {
  return new ServiceError('NO_TLS', 'This listener has no TLS, so there is nothing to reload: give `tls` to listen().')
}
