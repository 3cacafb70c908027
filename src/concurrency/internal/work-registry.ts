/**
 * The functions that this thread or process knows by address.
 *
 * They hang on the global object: in a bundle the code of this folder may be there twice, and both must see one table.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { WorkBody } from '../work.ts'

type Registry = Map<string, WorkBody<unknown, unknown>>

const slot = Symbol.for('genever.works')
const holder = globalThis as { [slot]?: Registry }

export function registerWork(module: string, name: string, body: WorkBody<unknown, unknown>): void {
  holder[slot] ??= new Map()
  const address = `${module}#${name}`
  if (holder[slot].has(address)) throw duplicateWork(name)
  holder[slot].set(address, body)
}

/** Loads the module if need be. By name alone where the address is another than the module has for itself, as in a split bundle. */
export async function findWork(module: string, name: string): Promise<WorkBody<unknown, unknown>> {
  const known = lookUp(module, name)
  if (known !== undefined) return known
  await import(module)
  const loaded = lookUp(module, name) ?? soleOfName(name)
  if (loaded === undefined) throw workNotFound(name)
  return loaded
}

export function lookUp(module: string, name: string): WorkBody<unknown, unknown> | undefined {
  return holder[slot]?.get(`${module}#${name}`)
}

function soleOfName(name: string): WorkBody<unknown, unknown> | undefined {
  const found = [...(holder[slot] ?? [])].filter(([address]) => address.endsWith(`#${name}`))
  return found.length === 1 ? found[0]?.[1] : undefined
}

function duplicateWork(name: string): ServiceError {
  return new ServiceError('DUPLICATE_WORK', `The work "${name}" is defined twice in one module. Rename one.`)
}

function workNotFound(name: string): ServiceError {
  return new ServiceError(
    'WORK_NOT_FOUND',
    `The thread loaded the module, and it does not define the work "${name}". The name given to defineWork() must be the one that is asked for.`,
  )
}
