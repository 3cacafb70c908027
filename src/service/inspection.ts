/**
 * Inspection: a service learnt from its file without being started, for `genever inspect`, `routes` and `warmup`.
 *
 *   inspect(() => import(file))
 *      └─▶ the file runs ─▶ createService() ─▶ routes … ─▶ service.run()
 *                                │ remembered                  └─ hands the service over; never returns to the file
 *                                └─ handed over at the end of a file that does not call run()
 *
 * The slot is global, because the command and the file may have loaded two copies of this package.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Service } from './service.ts'

interface Inspection {
  created(service: Service): void
  ran(service: Service): void
}

const slot = Symbol.for('genever.inspection')
const scope = globalThis as { [slot]?: Inspection }

/**
 * Gives the service that the file behind `load` runs, or else the only one that it creates.
 *
 * @throws ServiceError `NO_SERVICE` if there is none, or several and none is run; whatever the file itself throws.
 */
export async function inspect(load: () => Promise<unknown>): Promise<Service> {
  const created: Service[] = []
  const { promise: ran, resolve } = Promise.withResolvers<Service>()
  scope[slot] = { created: (service) => created.push(service), ran: resolve }
  try {
    return await Promise.race([ran, load().then(() => onlyOne(created))])
  } finally {
    delete scope[slot]
  }
}

export function noteCreated(service: Service): void {
  scope[slot]?.created(service)
}

/** True if the service was taken by an inspection and must not start. */
export function handOver(service: Service): boolean {
  scope[slot]?.ran(service)
  return scope[slot] !== undefined
}

function onlyOne(created: readonly Service[]): Service {
  const [service, ...others] = created
  if (service !== undefined && others.length === 0) return service
  const found = service === undefined ? 'none' : created.map(({ name }) => `'${name}'`).join(', ')
  throw new ServiceError('NO_SERVICE', `Expected a file that calls run() on one service; it created ${found}.`)
}
