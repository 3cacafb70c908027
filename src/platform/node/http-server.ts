/**
 * `node:http` and `node:https` as the platform's HTTP server.
 *
 * What Node.js would decide by itself is switched off where somebody above decides it: the Host field, the number of
 * fields, the time for a body. Half-closed connections get their answers.
 */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type {
  HttpRefusalReason,
  HttpServer,
  HttpServerHandlers,
  HttpServerLimits,
  HttpServerOptions,
} from '../http-server.ts'
import type { SocketPeer } from '../socket.ts'
import { systemCode } from '../socket-errors.ts'
import type { TlsIdentity } from '../tls.ts'
import { checkTlsIdentity } from '../tls-identity.ts'
import { unmappedAddress } from '../unmapped-address.ts'
import { NodeTransaction } from './http-transaction.ts'
import { bind, NodeListener, tlsSettings } from './listen.ts'
import { tlsPeerFrom } from './node-socket.ts'
import { streamOptions } from './stream-options.ts'

/** How often late heads are looked for. */
const checkingIntervalMs = 500
/** What is let through beyond the limit of a head, so that a target which is too long is told so. */
const headRoomBytes = 16 * 1024

export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { tls } = options
  const settings = serverSettings(options.limits)
  if (tls === undefined) {
    const { createServer } = await import('node:http')
    return open(createServer(settings), options)
  }
  checkTlsIdentity(tls)
  const { createServer } = await import('node:https')
  return open(createServer({ ...settings, ...tlsSettings(tls) }), options)
}

function serverSettings({ maxHeadBytes, headTimeoutMs, idleTimeoutMs }: HttpServerLimits): ServerOptions {
  return {
    ...streamOptions,
    maxHeaderSize: maxHeadBytes + headRoomBytes,
    requireHostHeader: false,
    joinDuplicateHeaders: false,
    insecureHTTPParser: false,
    headersTimeout: headTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: idleTimeoutMs,
    connectionsCheckingInterval: Math.min(checkingIntervalMs, headTimeoutMs),
    shouldUpgradeCallback: mayUpgrade,
  } as ServerOptions
}

/** An upgrade costs a request its body and its connection, so it is no upgrade unless it can become one. */
function mayUpgrade({ headers }: IncomingMessage): boolean {
  const { upgrade, 'content-length': length, 'transfer-encoding': coding } = headers
  const hasBody = coding !== undefined || (length !== undefined && length !== '0')
  return upgrade !== undefined && !hasBody && !/\bh2c\b/i.test(upgrade)
}

async function open(server: Server, options: HttpServerOptions): Promise<HttpServer> {
  server.maxHeadersCount = 0
  server.maxConnections = options.limits.maxConnections
  server.timeout = 0
  ;(server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true
  const connections = new Connections(options.handlers, options.limits)
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => connections.request(request, response)
  server.on('connection', (socket: NetSocket) => connections.opened(socket))
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket) => connections.mayAsk(socket))
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('upgrade', (request: IncomingMessage, _, early: Uint8Array) => connections.upgrade(request, early))
  server.on('connect', (_, socket) => connections.connecting(socket as NetSocket))
  server.on('clientError', (error: Error, socket) => connections.failed(error, socket as NetSocket))
  await bind(server, options)
  return new NodeHttpServer(server, connections, options.tls)
}

/** What is known of the open connections. */
class Connections {
  readonly sockets = new Set<NetSocket>()
  readonly #handlers: HttpServerHandlers
  readonly #limits: HttpServerLimits
  readonly #peers = new WeakMap<NetSocket, SocketPeer>()
  /** Connections on which nothing was asked yet, with the bytes that they had brought when they stood. */
  readonly #fresh = new Map<NetSocket, number>()
  /** The last request of each connection. */
  readonly #transactions = new WeakMap<NetSocket, NodeTransaction>()
  #emptied: (() => void) | undefined

  constructor(handlers: HttpServerHandlers, limits: HttpServerLimits) {
    this.#handlers = handlers
    this.#limits = limits
  }

  opened(socket: NetSocket): void {
    this.sockets.add(socket)
    socket.once('close', () => {
      this.sockets.delete(socket)
      if (this.sockets.size === 0) this.#emptied?.()
    })
  }

  /** Node.js does not count a connection as idle before its first request. */
  mayAsk(socket: NetSocket): void {
    this.#fresh.set(socket, socket.bytesRead)
    socket.once('close', () => this.#fresh.delete(socket))
  }

  closeFresh(): void {
    for (const [socket, bytes] of this.#fresh) if (socket.bytesRead === bytes) socket.destroySoon()
  }

  empty(): Promise<void> {
    return new Promise((resolve) => {
      this.#emptied = resolve
      if (this.sockets.size === 0) resolve()
    })
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    const peer = this.#peerOf(request.socket)
    this.#begin(new NodeTransaction({ request, response, peer, limits: this.#limits }))
  }

  upgrade(request: IncomingMessage, early: Uint8Array): void {
    request.socket.on('error', ignore)
    const peer = this.#peerOf(request.socket)
    this.#begin(new NodeTransaction({ request, early, peer, limits: this.#limits }))
  }

  #begin(transaction: NodeTransaction): void {
    this.#fresh.delete(transaction.socket)
    this.#transactions.set(transaction.socket, transaction)
    this.#handlers.request(transaction)
  }

  /** Bytes that Node.js could not read: a body gone wrong, or no request at all. */
  failed(error: Error, socket: NetSocket): void {
    // What broke the connection is told by its end.
    const reason = refusalReason(error)
    if (reason === undefined) return
    const transaction = this.#transactions.get(socket)
    if (transaction?.breakBody(error)) return
    if (transaction?.isOver === false) transaction.endConnectionAfterwards()
    else if (socket.writable) this.refuse(reason, socket)
    else socket.destroy()
  }

  connecting(socket: NetSocket): void {
    socket.on('error', ignore)
    this.refuse('connect', socket)
  }

  refuse(reason: HttpRefusalReason, socket: NetSocket): void {
    socket.end(this.#handlers.refuse(reason, this.#peerOf(socket)), 'latin1')
    // What else the client sends is taken and dropped, so that it can read why.
    socket.resume()
    socket.setTimeout(this.#limits.headTimeoutMs, () => socket.destroy())
  }

  #peerOf(socket: NetSocket): SocketPeer {
    const known = this.#peers.get(socket)
    if (known !== undefined) return known
    const address = unmappedAddress(socket.remoteAddress ?? '')
    const port = socket.remotePort ?? 0
    const peer = 'encrypted' in socket ? { address, port, tls: tlsPeerFrom(socket as TLSSocket) } : { address, port }
    this.#peers.set(socket, peer)
    return peer
  }
}

/** Nobody else listens to a connection that has left the server's hands; its end tells all. */
function ignore(): void {}

function refusalReason(error: Error): HttpRefusalReason | undefined {
  const code = systemCode(error)
  if (code === 'HPE_HEADER_OVERFLOW') return 'headTooLarge'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'headTimeout'
  return code?.startsWith('HPE_') ? 'malformed' : undefined
}

class NodeHttpServer implements HttpServer {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  readonly #server: Server
  readonly #listener: NodeListener
  readonly #connections: Connections

  constructor(server: Server, connections: Connections, tls: TlsIdentity | undefined) {
    this.#server = server
    this.#listener = new NodeListener(server, tls)
    this.#connections = connections
    this.host = this.#listener.host
    this.port = this.#listener.port
    this.path = this.#listener.path
  }

  get connections(): number {
    return this.#connections.sockets.size
  }

  closeIdle(): void {
    this.#server.closeIdleConnections()
    this.#connections.closeFresh()
  }

  async close(): Promise<void> {
    await this.#listener.close()
    await this.#connections.empty()
  }

  destroy(): void {
    for (const socket of this.#connections.sockets) socket.destroy()
  }

  reloadTls(identity: TlsIdentity): void {
    this.#listener.reloadTls(identity)
  }
}
