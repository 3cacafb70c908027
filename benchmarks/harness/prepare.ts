/** Builds and installs what the targets need; one that cannot be prepared is named at the end and left out. */
import { mkdir } from 'node:fs/promises'
import { noteFailure, type Run } from './run.ts'
import type { Target } from './target.ts'

/** Resolves with those that are ready. Rejects for one that `isWanted`: who asks for a target by name wants it, or to know. */
export async function prepareTargets(
  run: Run,
  targets: readonly Target[],
  isWanted: (target: Target) => boolean,
): Promise<Target[]> {
  await mkdir(run.cache, { recursive: true })
  const ready: Target[] = []
  for (const [index, target] of targets.entries()) {
    run.say(`prepare ${index + 1}/${targets.length} ${target.name}`)
    try {
      await target.prepare(run.cache)
      ready.push(target)
    } catch (error) {
      if (isWanted(target)) throw error
      noteFailure(run, target.name, 'preparation', error)
    }
  }
  return ready
}
