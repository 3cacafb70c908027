/** Launch: starting the process of a service. The contract that the orchestrator needs; tests launch something simpler. */

import { type RunningProcess, spawnProcess } from '../platform/processes.ts'
import type { RuntimeCommand } from '../platform/runtime-command.ts'

export interface LaunchOptions {
  /** The file that starts the service, absolute or below `directory`. */
  readonly entry: string
  readonly directory: string
  /** The whole environment: nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Each line of its output, without its line end. */
  onLine(stream: 'stdout' | 'stderr', text: string): void
}

export type LaunchedProcess = Pick<RunningProcess, 'pid' | 'exited' | 'kill'>

/** @throws ServiceError `SPAWN_FAILED` */
export type Launch = (options: LaunchOptions) => Promise<LaunchedProcess>

/** Launches services as processes; with a guarded command each ends itself when we are gone. */
export function launchWith({ command, args }: RuntimeCommand): Launch {
  return ({ entry, directory, env, onLine }) =>
    spawnProcess({
      command,
      args: [...args, entry],
      cwd: directory,
      env,
      onStdout: (text) => onLine('stdout', text),
      onStderr: (text) => onLine('stderr', text),
      // Nothing is said on it; its end tells the service that nobody is left to stop it.
      onMessage: () => {},
    })
}
