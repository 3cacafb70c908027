/**
 * `Bun.serve` as the platform's HTTP server.
 *
 * Bun decides more by itself than Node.js does: the limits of a head and the time for it are its own, it sends 100 at once,
 * and knows no trailers, no interim answers and no raw upgrade. Every such difference stands in docs/reference/engines.md.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpServer, HttpServerOptions } from '../http-server.ts'
import type { SocketPeer } from '../socket.ts'
import { defaultHost } from '../socket-defaults.ts'
import type { TlsServerOptions } from '../tls.ts'
import { checkTlsIdentity } from '../tls-identity.ts'
import { unmappedAddress } from '../unmapped-address.ts'
import { bind } from './bind.ts'
import { BunTransaction, type Upgrading, webSocketHandlers } from './http-transaction.ts'
import { type BunServeAddress, type BunServeOptions, type BunServer, serve } from './serve-api.ts'

/** How often it is looked whether the last answer has left. */
const closePollMs = 10
/** The longest that Bun can count. */
const maxIdleSeconds = 255

export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  if (options.fd !== undefined) {
    throw new ServiceError(
      'LISTEN_FAILED',
      "Bun's own server cannot take over a listening socket; use the engine 'sockets'.",
    )
  }
  if (options.tls) checkTlsIdentity(options.tls)
  return new BunHttpServer(await bind(options, () => attempt(options)), options)
}

type Native = BunServer<Upgrading>

function attempt(options: HttpServerOptions): Native {
  const { limits, handlers, tls } = options
  const tlsPeer = tls === undefined ? undefined : peerUnder(tls)
  const settings: BunServeOptions<Upgrading> = {
    ...addressFrom(options),
    development: false,
    idleTimeout: seconds(limits.idleTimeoutMs),
    // Bodies are counted above, where each route has its own limit.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(request, server) {
      // The time for a handler is not Bun's to count.
      server.timeout(request, 0)
      const peer = peerFrom(server.requestIP(request), tlsPeer)
      const transaction = new BunTransaction({ request, server, peer, stallSeconds: seconds(limits.stallTimeoutMs) })
      handlers.request(transaction)
      return transaction.answer
    },
    error: () => new Response(null, { status: 500 }),
    websocket: webSocketHandlers(limits.maxMessageBytes),
  }
  return serve(tls === undefined ? settings : { ...settings, tls: tlsSettings(tls) })
}

function addressFrom({ path, host = defaultHost, port = 0, sharedPort = false }: HttpServerOptions): BunServeAddress {
  return path === undefined ? { hostname: host, port, reusePort: sharedPort } : { unix: path }
}

function tlsSettings({
  cert,
  key,
  ca,
  clientCertificates = 'none',
}: TlsServerOptions): BunServeOptions<never>['tls'] & {} {
  const settings = {
    cert,
    key,
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'require',
  }
  return ca === undefined ? settings : { ...settings, ca }
}

/** Bun shows nothing of the handshake; but where a certificate is required, nobody comes in without a valid one. */
function peerUnder({ clientCertificates }: TlsServerOptions): NonNullable<SocketPeer['tls']> {
  return { alpnProtocol: undefined, serverName: undefined, authorized: clientCertificates === 'require' }
}

function peerFrom(from: { address: string; port: number } | null, tls: SocketPeer['tls']): SocketPeer {
  const address = unmappedAddress(from?.address ?? '')
  const port = from?.port ?? 0
  return tls === undefined ? { address, port } : { address, port, tls }
}

function seconds(milliseconds: number): number {
  return Math.min(maxIdleSeconds, Math.ceil(milliseconds / 1000))
}

class BunHttpServer implements HttpServer {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  readonly #native: Native
  readonly #hasTls: boolean

  constructor(native: Native, { path, tls }: HttpServerOptions) {
    this.#native = native
    this.#hasTls = tls !== undefined
    this.path = path
    this.host = path === undefined ? (native.hostname ?? '') : ''
    this.port = native.port ?? 0
  }

  get connections(): number {
    return this.#native.pendingRequests + this.#native.pendingWebSockets
  }

  closeIdle(): void {
    this.#native.closeIdleConnections()
  }

  async close(): Promise<void> {
    // Its promise would wait for connections on which nothing was ever asked.
    void this.#native.stop()
    while (this.connections > 0) await new Promise((resolve) => setTimeout(resolve, closePollMs))
    await this.#native.stop(true)
  }

  destroy(): void {
    void this.#native.stop(true)
  }

  reloadTls(): void {
    if (!this.#hasTls) {
      throw new ServiceError(
        'NO_TLS',
        'This listener has no TLS, so there is nothing to reload: give `tls` to listen().',
      )
    }
    const message = "Bun's own server cannot change its certificate; use the engine 'sockets', or start anew."
    throw new ServiceError('TLS_RELOAD_UNSUPPORTED', message, { status: 501 })
  }
}
