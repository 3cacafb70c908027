/**
 * FaultProxy: stands between a client and a real server and does to the connection what networks do.
 *
 *   client ─▶ proxy ─ passes │ late by delayMs │ silent (keeps bytes, answers nothing) │ refused ─▶ server
 *                   └ cut(): resets every connection
 */
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'

export interface FaultProxyOptions {
  readonly host?: string
  /** Of the server behind it. */
  readonly port: number
  /** Where clients connect to; default a free one. */
  readonly listenPort?: number
}

export class FaultProxy {
  readonly #target: { host: string; port: number }
  readonly #links = new Set<Link>()
  #server: Server | undefined
  #port = 0
  #isSilent = false
  #delayMs = 0
  #accepted = 0

  constructor({ host = '127.0.0.1', port, listenPort = 0 }: FaultProxyOptions) {
    this.#target = { host, port }
    this.#port = listenPort
  }

  /** Where clients connect to. */
  get port(): number {
    return this.#port
  }

  /** Connections that clients have made so far. */
  get accepted(): number {
    return this.#accepted
  }

  get connections(): number {
    return this.#links.size
  }

  /** Listens, on the same port as before if it did. */
  async start(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#link(client))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port: this.#port }, resolve)
    })
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  /** Resets every connection; new ones are served. */
  cut(): void {
    for (const link of [...this.#links]) link.destroy()
  }

  /** Resets every connection and refuses new ones, until `start()`. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.cut()
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** A black hole: connections stay, new ones are accepted, nothing arrives. `heal()` delivers what was kept. */
  silence(): void {
    this.#isSilent = true
    for (const link of this.#links) link.pause()
  }

  /** From now on every piece arrives so much later, in each direction. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs
  }

  heal(): void {
    this.#isSilent = false
    this.#delayMs = 0
    for (const link of this.#links) link.resume()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #link(client: Socket): void {
    this.#accepted++
    const link: Link = new Link(client, tcpConnect(this.#target), {
      delayMs: () => this.#delayMs,
      closed: () => this.#links.delete(link),
    })
    this.#links.add(link)
    if (this.#isSilent) link.pause()
  }
}

/** A proxy that listens. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options)
  await proxy.start()
  return proxy
}

interface LinkOptions {
  delayMs(): number
  closed(): void
}

class Link {
  readonly #sockets: readonly [Socket, Socket]
  readonly #options: LinkOptions

  constructor(client: Socket, server: Socket, options: LinkOptions) {
    this.#sockets = [client, server]
    this.#options = options
    this.#pipe(client, server)
    this.#pipe(server, client)
  }

  pause(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#options.closed()
  }

  #pipe(from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('data', (piece) => this.#later(() => to.write(piece)))
    from.on('end', () => this.#later(() => to.end()))
    from.on('error', () => this.destroy())
    from.on('close', (failed) => {
      if (failed) this.destroy()
      else if (this.#sockets.every((socket) => socket.closed)) this.#options.closed()
    })
  }

  /** Timers of one delay fire in the order in which they were set. */
  #later(pass: () => void): void {
    const delayMs = this.#options.delayMs()
    if (delayMs === 0) pass()
    else setTimeout(pass, delayMs)
  }
}
