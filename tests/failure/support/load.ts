/** Load: users that ask one request after another, half of them on a new connection each time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpConnection } from './http-client.ts'

export interface LoadOptions {
  readonly port: number
  readonly users: number
  /** What to ask and what to expect, for the request with this number. */
  request(index: number): { readonly path: string; readonly body: string }
  /** Pause of a user between two requests, in milliseconds: long enough for connections to lie idle. */
  readonly thinkMs: number
}

export interface LoadReport {
  readonly requests: number
  readonly failures: readonly string[]
}

export class Load {
  readonly #options: LoadOptions
  readonly #failures: string[] = []
  readonly #running: Promise<unknown>
  #requests = 0
  #isStopped = false

  constructor(options: LoadOptions) {
    this.#options = options
    const users = Array.from({ length: options.users }, (_, user) => this.#user(user % 2 === 0))
    this.#running = Promise.all(users)
  }

  get requests(): number {
    return this.#requests
  }

  get failureCount(): number {
    return this.#failures.length
  }

  async stop(): Promise<LoadReport> {
    this.#isStopped = true
    await this.#running
    return { requests: this.#requests, failures: this.#failures }
  }

  async #user(keepsConnection: boolean): Promise<void> {
    let connection: HttpConnection | undefined
    while (!this.#isStopped) {
      const index = this.#requests++
      const isReused = connection !== undefined
      try {
        connection ??= await HttpConnection.open(this.#options.port)
        await this.#ask(connection, index)
      } catch (error) {
        this.#failures.push(`request ${index} on a ${isReused ? 'kept' : 'new'} connection: ${String(error)}`)
        connection?.close()
        connection = undefined
      }
      if (!keepsConnection) connection?.close()
      await sleep(this.#options.thinkMs * (0.5 + Math.random()))
      if (connection?.isUsable !== true || !keepsConnection) connection = undefined
    }
    connection?.close()
  }

  async #ask(connection: HttpConnection, index: number): Promise<void> {
    const { path, body } = this.#options.request(index)
    const answer = await connection.get(path)
    if (answer.status !== 200) throw new Error(`status ${answer.status}`)
    if (answer.body !== body) throw new Error(`expected '${body}', got '${answer.body.slice(0, 100)}'`)
  }
}
