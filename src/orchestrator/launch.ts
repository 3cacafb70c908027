/** Launch: starting the process of a service. The contract that the orchestrator needs; tests launch something simpler. */

export type Launch = (options: LaunchOptions) => LaunchedProcess

export interface LaunchOptions {
  /** Path of the file that starts the service. */
  readonly entry: string
  /** Working directory. */
  readonly directory: string
  /** The whole environment: nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Each line of its output, without the line break. */
  onLine(stream: 'stdout' | 'stderr', text: string): void
}

export interface LaunchedProcess {
  readonly pid: number
  /** Resolves when it is gone, with how it ended, such as `exit code 1` or `signal SIGKILL`. Never rejects. */
  readonly exited: Promise<string>
  /** Asks it to drain and end. */
  terminate(): void
  /** Ends it at once, together with every process it started. */
  kill(): void
}
