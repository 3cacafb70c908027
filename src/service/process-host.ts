/** ProcessHost: what `run()` needs of the process it runs in; tests give it another. */
import { type Environment, processEnvironment } from '../platform/environment.ts'
import { exitProcess, onSignal, onUncaught } from '../platform/signals.ts'

/** SIGHUP is a terminal that closes. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

export interface ProcessHost {
  readonly env: Environment
  /** Calls `listener` for every stop signal, which then no longer end the process by themselves. */
  onStopSignal(listener: (signal: StopSignal) => void): void
  /** Calls `listener` for every SIGUSR2. */
  onReloadSignal(listener: () => void): void
  /** Calls `listener` for what was thrown or rejected and nobody caught, which then no longer ends the process. */
  onUncaught(listener: (error: unknown) => void): void
  exit(code: number): void
}

export const processHost: ProcessHost = {
  env: processEnvironment,
  onStopSignal(listener) {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) onSignal(signal, () => listener(signal))
  },
  onReloadSignal: (listener) => void onSignal('SIGUSR2', listener),
  onUncaught: (listener) => void onUncaught(listener),
  exit: exitProcess,
}
