/**
 * Balancer: hands each connection to one of the services that say they are ready, as a Kubernetes service does.
 *
 *   client ──connection──▶ balancer ──connection──▶ one ready service, in turn
 *                             └── GET /readyz every 500 ms ──▶ each service
 *
 * It never retries: what it hands to a service that does not answer is lost, and the test sees it.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { isReady, type ServiceProcess } from './service-process.ts'

const pollMs = 500

interface Backend {
  readonly service: ServiceProcess
  isReady: boolean
}

export class Balancer {
  readonly port: number
  readonly #server: Server
  readonly #backends: Backend[] = []
  readonly #sockets = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  #turn = 0

  static async start(): Promise<Balancer> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Balancer(server)
  }

  private constructor(server: Server) {
    const address = server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    this.#server = server.on('connection', (client: Socket) => this.#forward(client))
    this.#timer = setInterval(() => void this.#poll(), pollMs)
  }

  /** Connections go to it from the first poll that finds it ready. */
  add(service: ServiceProcess): void {
    this.#backends.push({ service, isReady: false })
  }

  remove(service: ServiceProcess): void {
    const index = this.#backends.findIndex((backend) => backend.service === service)
    if (index !== -1) this.#backends.splice(index, 1)
  }

  get readyCount(): number {
    return this.#backends.filter((backend) => backend.isReady).length
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #poll(): Promise<void> {
    await Promise.all(
      this.#backends.map(async (backend) => {
        backend.isReady = await isReady(backend.service.adminPort)
      }),
    )
  }

  #forward(client: Socket): void {
    const ready = this.#backends.filter((backend) => backend.isReady)
    const backend = ready[this.#turn++ % ready.length]
    this.#track(client)
    if (backend === undefined) {
      client.destroy()
      return
    }
    const upstream = connect({ host: '127.0.0.1', port: backend.service.port, allowHalfOpen: true, noDelay: true })
    this.#track(upstream)
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('error', () => upstream.destroy())
    // A reset must reach the client as one: a plain end would look like an orderly close.
    upstream.on('error', () => client.resetAndDestroy())
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
