/**
 * SourceWatch: which services a changed file concerns, and restarting those.
 *
 *   change ─▶ below a service's folder │ below a shared path ─▶ collect for a moment ─▶ restart each once
 */
import { dirname, join, relative, sep } from 'node:path'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { watchFolder } from '../platform/folder-watch.ts'
import type { Workspace } from './workspace.ts'

/** Editors write a file in several steps, and version control several files at once: one restart for all of them. */
const settleMs = 50

export interface SourceWatchOptions {
  readonly workspace: Workspace
  restart(service: string, reason: string): void
  readonly clock?: Clock
}

/** Restarts services whose source changes. Returns the end of it. */
export function watchSources({ workspace, restart, clock = systemClock }: SourceWatchOptions): () => void {
  const pending = new Map<string, string>()
  let cancelSettling = (): void => {}

  function restartPending(): void {
    for (const [service, path] of pending) restart(service, `${path} changed`)
    pending.clear()
  }

  const unwatch = watchFolder(workspace.directory, {
    onChange(absolute) {
      const path = relative(workspace.directory, absolute)
      for (const service of servicesConcernedBy(path, workspace)) pending.set(service, path)
      if (pending.size === 0) return
      cancelSettling()
      cancelSettling = clock.schedule(settleMs, restartPending)
    },
  })
  return () => {
    unwatch()
    cancelSettling()
  }
}

/** Names of the services that run the file at `path`, relative to the workspace. */
export function servicesConcernedBy(path: string, { services, shared }: Workspace): string[] {
  if (!isSource(path)) return []
  const isShared = shared.some((place) => isAtOrBelow(path, place))
  const concerned = services.filter(({ entry }) => isShared || isAtOrBelow(path, dirname(entry)))
  return concerned.map((service) => service.name)
}

/** What a program is made of, without its tests and without what editors leave for a moment. */
function isSource(path: string): boolean {
  return /\.(?:[cm]?[jt]s|json|sql|html|ya?ml|env)$/.test(path) && !/\.test\.[cm]?[jt]s$/.test(path)
}

function isAtOrBelow(path: string, place: string): boolean {
  const normal = join(place)
  return normal === '.' || path === normal || path.startsWith(`${normal}${sep}`)
}
