/** ProcessHost: what `run()` needs of the process it runs in; tests give it another. */
import { type Environment, processEnvironment } from '../platform/environment.ts'
import { exitProcess, onSignal, onUncaught } from '../platform/signals.ts'

export type StopSignal = 'SIGTERM' | 'SIGINT'

export interface ProcessHost {
  readonly env: Environment
  /** Calls `listener` for every SIGTERM and SIGINT, which then no longer end the process by themselves. */
  onStopSignal(listener: (signal: StopSignal) => void): void
  /** Calls `listener` for every SIGHUP. */
  onReloadSignal(listener: () => void): void
  /** Calls `listener` for what was thrown or rejected and nobody caught, which then no longer ends the process. */
  onUncaught(listener: (error: unknown) => void): void
  exit(code: number): void
}

export const processHost: ProcessHost = {
  env: processEnvironment,
  onStopSignal(listener) {
    onSignal('SIGTERM', () => listener('SIGTERM'))
    onSignal('SIGINT', () => listener('SIGINT'))
  },
  onReloadSignal: (listener) => void onSignal('SIGHUP', listener),
  onUncaught: (listener) => void onUncaught(listener),
  exit: exitProcess,
}
