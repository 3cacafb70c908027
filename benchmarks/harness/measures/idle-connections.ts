/** What keep-alive connections cost that nobody uses: memory for each, and CPU time while they are idle. */
import { setTimeout as sleep } from 'node:timers/promises'
import { holdConnections } from '../generator.ts'
import { openFilesLimit } from '../machine.ts'
import { forEachTarget, type Run, withServer } from '../run.ts'
import { pinned } from '../running-server.ts'
import type { Target } from '../target.ts'

const settleMs = 1_500
/** Files that a server and the generator have open besides connections. */
const otherFiles = 500

export interface IdleSettings {
  readonly targets: readonly Target[]
  readonly connections: number
  readonly seconds: number
}

export async function measureIdle(run: Run, { targets, connections, seconds }: IdleSettings): Promise<void> {
  const possible = Math.min(connections, openFilesLimit() - otherFiles)
  if (possible < connections) run.say(`open files are limited: ${possible} idle connections instead of ${connections}`)
  await forEachTarget(run, { targets, during: `${possible} idle connections` }, (target) =>
    withServer(run, target, async (server) => {
      await sleep(settleMs)
      const before = server.memory()
      const hold = [run.programs.hold, String(server.port), String(possible)]
      const held = await holdConnections(pinned(hold, run.cores.generator))
      await sleep(settleMs)
      const cpuBeforeMs = server.cpuMs()
      await sleep(seconds * 1_000)
      const cpuMs = server.cpuMs() - cpuBeforeMs
      const holding = server.memory()
      const closed = await held.release()
      const { opened, stopped } = held
      const counts = { asked: connections, opened, closed, stopped }
      run.results.idle.push({ target: target.name, ...counts, before, holding, cpuMs, seconds })
    }),
  )
}
