/** ProcessHost: what `run()` needs of the process it runs in. */
export type StopSignal = 'SIGTERM' | 'SIGINT'

export interface ProcessHost {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls `listener` for every SIGTERM and SIGINT, which then no longer end the process by themselves. */
  onStopSignal(listener: (signal: StopSignal) => void): void
  /** Calls `listener` for what was thrown or rejected and nobody caught, which then no longer ends the process. */
  onUncaught(listener: (error: unknown) => void): void
  exit(code: number): void
}

export const processHost: ProcessHost = {
  env: process.env,
  onStopSignal(listener) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => listener(signal))
  },
  onUncaught(listener) {
    process.on('uncaughtException', listener)
    process.on('unhandledRejection', listener)
  },
  exit: (code) => process.exit(code),
}
