/**
 * A service inside a test, with its ports, its log and its end.
 *
 *   await using orders = await testService(service)
 *   const answer = await orders.fetch('/orders/17')
 *
 * What needs no port needs no start either: `service.http.request('/orders/17')` answers without one.
 */
import type { Schema } from '../schema/schema.ts'
import type { RunningService } from '../service/running-service.ts'
import type { Service, StartOptions } from '../service/service.ts'
import { type MemoryLogger, memoryLogger } from './memory-logger.ts'

export interface TestedService extends RunningService, AsyncDisposable {
  /** What the service logged so far, oldest first. */
  readonly logs: MemoryLogger['records']
  /** Asks the traffic port. `path` begins with a slash. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Asks the admin port. `path` begins with a slash. */
  fetchAdmin(path: string, init?: RequestInit): Promise<Response>
}

/** Starts `service` on free ports. At the end of the scope, or by `stop()`, it drains and ends. */
export async function testService<S extends Schema>(
  service: Service<S>,
  options: StartOptions<S> = {},
): Promise<TestedService> {
  const memory = memoryLogger(options.logLevel)
  const running = await service.start({ log: memory.log, ...options })
  const { url, adminUrl, stopped } = running
  return {
    url,
    adminUrl,
    stopped,
    get logs() {
      return memory.records
    },
    fetch: (path, init) => fetch(url + path, init),
    fetchAdmin: (path, init) => fetch(adminUrl + path, init),
    stop: () => running.stop(),
    async [Symbol.asyncDispose]() {
      await running.stop()
    },
  }
}
