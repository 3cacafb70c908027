/** The services of the shop in the process of a test, each with a database of its own, in a folder that goes with the test. */
import type { RunningService, Service } from 'genever'
import type { Resolver } from 'genever/client'
import { createInventory } from '../inventory/service.ts'
import { createNotifications } from '../notifications/service.ts'
import { createOrders } from '../orders/service.ts'
import { createPayments } from '../payments/service.ts'
import { createPoints } from '../points/service.ts'
import { createUsers } from '../users/service.ts'
import type { StoringService } from './storage.ts'
import { testFolder } from './test-folder.ts'

export class TestShop {
  readonly folder: string
  readonly #config: { readonly database?: string; readonly events?: string }
  readonly #remove: () => void
  readonly #running = new Map<string, RunningService>()

  /** `config` names other systems than SQLite. */
  constructor(config: { readonly database?: string; readonly events?: string } = {}) {
    this.#config = config
    const { path, remove } = testFolder()
    this.folder = path
    this.#remove = remove
  }

  readonly resolver: Resolver = { resolve: (service) => this.urlOf(service) }

  urlOf(service: string): string {
    return this.#running.get(service)?.url ?? ''
  }

  /** Everything that stands behind the gateway. */
  async startAll(): Promise<void> {
    for (const create of [createUsers, createInventory, createPayments, createPoints, createNotifications])
      await this.start(create())
    await this.start(createOrders(this.resolver))
  }

  async start(service: StoringService, port?: number): Promise<RunningService> {
    const options = { config: { folder: this.folder, ...this.#config }, ...(port !== undefined && { port }) }
    return this.#keep(service, await service.start(options))
  }

  /** A service that stores nothing. */
  async startBare(service: Service): Promise<RunningService> {
    return this.#keep(service, await service.start())
  }

  /** Gives the port that it had. */
  async stop(name: string): Promise<number> {
    const port = Number(new URL(this.urlOf(name)).port)
    await this.#running.get(name)?.stop()
    this.#running.delete(name)
    return port
  }

  async end(): Promise<void> {
    for (const service of [...this.#running.values()].toReversed()) await service.stop()
    this.#remove()
  }

  #keep({ name }: { name: string }, running: RunningService): RunningService {
    this.#running.set(name, running)
    return running
  }
}

/** Asks until there is an answer, for ten seconds at most. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`it did not come to be within ten seconds: ${what}`)
}
