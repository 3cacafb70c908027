/** FaultGuard: watches what a fault does, and ends it when that is too much. Experiments are built of faults and guards. */
import type { ActiveFault } from './fault-registry.ts'

export interface FaultGuard {
  /** In the list of what has ended. */
  readonly name: string
  /**
   * Why the fault must end, or undefined while it may go on; asked again and again. Should it throw, the fault ends: then
   * nobody watches it any more.
   */
  check(fault: ActiveFault): string | undefined | Promise<string | undefined>
}

/** What the guard says, a throw included. */
export async function verdictOf(guard: FaultGuard, fault: ActiveFault): Promise<string | undefined> {
  try {
    return await guard.check(fault)
  } catch (error) {
    return `it could not be watched: ${error instanceof Error ? error.message : typeof error}`
  }
}
