/**
 * Placement: where each service listens, and how it learns where the others do.
 *
 *   orders listens on 127.0.0.1:20417  ─▶  every process gets ORDERS_URL=http://127.0.0.1:20417
 *
 * This is discovery without a registry: addresses stand before the first process starts and stay for the whole run.
 */
import { addressVariable } from '../client/environment-resolver.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type Listener, listen } from '../platform/listen.ts'
import type { WorkspaceService } from './workspace.ts'

export interface PlacedService extends WorkspaceService {
  readonly port: number
  /** Probes and metrics. */
  readonly adminPort: number
}

const host = '127.0.0.1'

// Below the range from which the kernel picks the source ports of outgoing connections (32,768 on Linux): such a one
// could take the port of a service in the moment between two of its processes.
const firstPort = 20_000
const portCount = 10_000
const maxAttempts = 200

export function urlOf(port: number): string {
  return `http://${host}:${port}`
}

/** What a service is told by its environment: where to listen, where all are, and what it was declared with. */
export function environmentOf(service: PlacedService, all: readonly PlacedService[]): Record<string, string> {
  const addresses = all.map(({ name, port }) => [addressVariable(name), urlOf(port)])
  return {
    ...Object.fromEntries(addresses),
    HOST: host,
    PORT: String(service.port),
    ADMIN_PORT: String(service.adminPort),
    ...service.env,
  }
}

/**
 * Finds two free ports for each service; a declared port is taken as it is.
 *
 * @throws ServiceError `PORT_TAKEN` when a declared port is in use.
 */
export async function placeServices(services: readonly WorkspaceService[]): Promise<PlacedService[]> {
  // All are held until the last is found, so that no two services get the same.
  const held: Listener[] = []
  try {
    for (const { name, port } of services) {
      if (port !== undefined) held.push(await holdDeclaredPort(port, name))
    }
    const placed: PlacedService[] = []
    for (const service of services) {
      const port = service.port ?? (await holdFreePort(held))
      placed.push({ ...service, port, adminPort: await holdFreePort(held) })
    }
    return placed
  } finally {
    await Promise.all(held.map((listener) => listener.close()))
  }
}

async function holdDeclaredPort(port: number, service: string): Promise<Listener> {
  try {
    return await bind(port)
  } catch (cause) {
    throw new ServiceError(
      'PORT_TAKEN',
      `Port ${port}, declared for '${service}', is in use on ${host}. End what uses it, or declare another one or none.`,
      { cause },
    )
  }
}

async function holdFreePort(held: Listener[]): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const listener = await bind(firstPort + Math.floor(Math.random() * portCount))
      held.push(listener)
      return listener.port
    } catch (error) {
      if (attempt >= maxAttempts) throw error
    }
  }
}

function bind(port: number): Promise<Listener> {
  return listen({ host, port, handlers: { data: () => {} } })
}
