/** What an orchestrator tells about its services: enough to draw them live, in a terminal or in a dashboard. */

/**
 *   waiting ─▶ starting ─▶ ready ─▶ stopping ─▶ stopped
 *                 │ exit      │ exit    └─ source changed ─▶ starting
 *                 └──────▶ crashed ◀──┘                 stopped by itself: startService ─▶ starting
 *                             └─ back-off, or source changed ─▶ starting
 */
export type ServiceState = 'waiting' | 'starting' | 'ready' | 'crashed' | 'stopping' | 'stopped'

/** One service as it is now; a plain value that may be sent as JSON. */
export interface ServiceSnapshot {
  readonly name: string
  readonly state: ServiceState
  /** Undefined while no process lives. */
  readonly pid: number | undefined
  readonly url: string
  readonly adminUrl: string
  /** Starts after the first one, for whatever reason. */
  readonly restarts: number
  /** How the latest process ended, such as `exit code 1` or `signal SIGKILL`; undefined if none has. */
  readonly lastExit: string | undefined
}

/** A line of output as it is kept. */
export interface WrittenLine {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export type OrchestratorEvent =
  | { readonly kind: 'state'; readonly service: ServiceSnapshot; readonly note: string | undefined }
  | { readonly kind: 'line'; readonly name: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
