/**
 * Faulty calls: whether any call of this process is to fail, and by which faults.
 *
 *   hasFaultyCalls() ──no──▶ nothing else is looked at, nor loaded
 *        └─yes─▶ the faults of the service whose request is running, else of the service in this process
 */
import type { Context } from '../../foundation/context/context.ts'
import { ContextKey } from '../../foundation/context/context-key.ts'
import type { Faults } from './faults.ts'

/** What calls ask; a service that suffers none says so by `noFaults`. */
export type CallFaults = Pick<Faults, 'strike'>

/** Set for requests while any call of this process is to fail. */
export const currentFaults: ContextKey<CallFaults> = new ContextKey('faults')

export const noFaults: CallFaults = { strike: () => undefined }

const faulty = new Set<Faults>()
let ofProcess: CallFaults | undefined

/** What every call asks first. */
export function hasFaultyCalls(): boolean {
  return faulty.size > 0
}

/** Told by `Faults` whenever that changes. */
export function noteFaultyCalls(faults: Faults, isFaulty: boolean): void {
  if (isFaulty) faulty.add(faults)
  else faulty.delete(faults)
}

export function faultsForCalls(context: Context | undefined): CallFaults | undefined {
  return context?.get(currentFaults) ?? ofProcess
}

/** For calls outside of any request. The function returned takes it back, unless another one has come since. */
export function setProcessFaults(faults: CallFaults): () => void {
  ofProcess = faults
  return () => {
    if (ofProcess === faults) ofProcess = undefined
  }
}
