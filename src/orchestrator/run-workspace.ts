/**
 * runWorkspace: a workspace in the foreground of a terminal, from the first line to the last exit.
 *
 *   genever.json ─▶ Orchestrator.start ─▶ all ready ─▶ onReady ─▶ (stop) ─▶ Orchestrator.stop
 *                         └─ lines of all services, one stream
 */
import type { Environment } from '../platform/environment.ts'
import type { RuntimeName } from '../platform/runtime.ts'
import { Orchestrator } from './orchestrator.ts'
import { watchSources } from './source-watch.ts'
import { terminalLines } from './terminal-lines.ts'
import { loadWorkspace } from './workspace.ts'

export interface RunWorkspaceOptions {
  /** The folder that holds `genever.json`. */
  readonly folder: string
  /** Wins over the declaration's. */
  readonly runtime?: RuntimeName | undefined
  /** What services inherit. */
  readonly env: Environment
  /** Aborts when everything is to end; `stopSignal()` makes one of the signals of the system. */
  readonly stop: AbortSignal
  /** Whether to restart services whose source changes. */
  readonly watch: boolean
  /** Whether to colour lines. */
  readonly color: boolean
  /** Takes text that ends with a newline. */
  write(text: string): void
  /**
   * Called before anything is launched, for what goes on beside the services; what it gives is called when they have
   * ended. What it throws ends everything.
   */
  beside?(orchestrator: Orchestrator): () => Promise<void>
  /** Called once when every service has been ready. What it throws ends everything. */
  onReady?(orchestrator: Orchestrator): void | Promise<void>
}

/** Resolves when `stop` has aborted and no process is left. @throws what kept the workspace from starting, or what `onReady` threw. */
export async function runWorkspace(options: RunWorkspaceOptions): Promise<void> {
  const { stop } = options
  const declared = await loadWorkspace(options.folder)
  const workspace = { ...declared, runtime: options.runtime ?? declared.runtime }
  const orchestrator = new Orchestrator({ workspace, env: options.env })
  const lineOf = terminalLines({ names: workspace.services.map(({ name }) => name), color: options.color })
  orchestrator.onEvent((event) => {
    const text = lineOf(event)
    if (text !== '') options.write(text)
  })
  const endBeside = options.beside?.(orchestrator)
  const unwatch = options.watch
    ? watchSources({ workspace, restart: (name, reason) => orchestrator.restart(name, reason) })
    : () => {}
  try {
    await orchestrator.start(stop)
    await untilAborted(stop, options.onReady?.(orchestrator))
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    unwatch()
    await orchestrator.stop()
    await endBeside?.()
  }
}

/** @throws what `work` throws before. */
function untilAborted(signal: AbortSignal, work: void | Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  Promise.resolve(work).catch(reject)
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
