/** What the system tells this process, and how it ends. */

export type SignalName = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR2'

/** Calls `listener` at each signal, in place of ending the process. Returns its own unsubscribe. */
export function onSignal(name: SignalName, listener: (name: SignalName) => void): () => void {
  const onEvent = (): void => listener(name)
  process.on(name, onEvent)
  return () => process.off(name, onEvent)
}

/**
 * Calls `listener` with each error that nobody caught, a rejection that nobody handled included, in place of ending the
 * process: the listener decides, and after a report it should end it, because the state is unknown. Returns its own
 * unsubscribe.
 */
export function onUncaught(listener: (error: unknown) => void): () => void {
  process.on('uncaughtException', listener).on('unhandledRejection', listener)
  return () => process.off('uncaughtException', listener).off('unhandledRejection', listener)
}

/** Ends the process at once; what was not written yet is lost. */
export function exitProcess(code: number): never {
  process.exit(code)
}
