/** What all measures of a run share: programs, cores, the results they add to, and a voice. */
import type { Programs } from './programs.ts'
import type { Results } from './results.ts'
import type { RunningServer } from './running-server.ts'
import { startServer } from './running-server.ts'
import type { Target } from './target.ts'

export interface Run {
  readonly cache: string
  readonly programs: Programs
  readonly cores: { readonly server: number | undefined; readonly generator: number | undefined }
  readonly results: Results
  /** A line of progress, for who waits. */
  say(line: string): void
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 400)
}

/** A target's trouble is a line at the end of the run, not the end of the run. */
export function noteFailure(run: Run, target: string, during: string, error: unknown): void {
  const failure = { target, during, reason: reasonOf(error) }
  run.results.failures.push(failure)
  run.say(`  ${target} failed during ${during}: ${failure.reason}`)
}

/** Starts the target for `use` alone, and stops it whatever happens. */
export async function withServer<T>(run: Run, target: Target, use: (server: RunningServer) => Promise<T>): Promise<T> {
  const server = await startServer(target, { cache: run.cache, core: run.cores.server })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

/** One target after the other; what fails is noted and left out. */
export async function forEachTarget(
  run: Run,
  { targets, during }: { targets: readonly Target[]; during: string },
  measure: (target: Target) => Promise<void>,
): Promise<void> {
  for (const [index, target] of targets.entries()) {
    run.say(`${during} ${index + 1}/${targets.length} ${target.name}`)
    await measure(target).catch((error: unknown) => noteFailure(run, target.name, during, error))
  }
}
