/**
 * runWorkspace: a workspace in the foreground of a terminal, from the first line to the last exit.
 *
 *   genever.json ─▶ Orchestrator.start ─▶ all ready ─▶ onReady ─▶ (signal) ─▶ Orchestrator.stop
 *                         └─ lines of all services, one stream
 *
 * SIGINT, SIGTERM and SIGHUP end it in an orderly way. Further ones change nothing: Ctrl-C reaches us twice under npm, which
 * passes on what we have got already, and stopping is bounded anyway.
 */
import type { Environment } from '../platform/environment.ts'
import type { RuntimeName } from '../platform/runtime.ts'
import { onSignal } from '../platform/signals.ts'
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
  /** Whether to restart services whose source changes. */
  readonly watch: boolean
  /** Whether to colour lines. */
  readonly color: boolean
  /** Takes text that ends with a newline. */
  write(text: string): void
  /** Called once when every service has been ready. When it returns `end`, everything is stopped. */
  onReady?(orchestrator: Orchestrator): ReadyOutcome | Promise<ReadyOutcome>
}

// biome-ignore lint/suspicious/noConfusingVoidType: the return type of a function that usually returns nothing.
export type ReadyOutcome = 'end' | void

/** Resolves when no process is left. @throws what kept the workspace from starting, or what `onReady` threw. */
export async function runWorkspace(options: RunWorkspaceOptions): Promise<void> {
  const stop = stopSignal()
  const declared = await loadWorkspace(options.folder)
  const workspace = { ...declared, runtime: options.runtime ?? declared.runtime }
  const orchestrator = new Orchestrator({ workspace, env: options.env })
  const lineOf = terminalLines({ names: workspace.services.map(({ name }) => name), color: options.color })
  orchestrator.onEvent((event) => {
    const text = lineOf(event)
    if (text !== '') options.write(text)
  })
  const unwatch = options.watch
    ? watchSources({ workspace, restart: (name, reason) => orchestrator.restart(name, reason) })
    : () => {}
  try {
    await orchestrator.start(stop)
    const outcome = await options.onReady?.(orchestrator)
    if (outcome !== 'end') await aborted(stop)
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    unwatch()
    await orchestrator.stop()
  }
}

/** Aborts at the first request to end. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) onSignal(name, () => controller.abort())
  return controller.signal
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
