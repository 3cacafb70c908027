/**
 * Processes that share one port: what one answers, and what two answer.
 *
 *   generator on core 0 ─┐                 ┌─ one worker, bound to core 0
 *   generator on core 1 ─┴─ half of 100 ───┴─ two workers, on whichever core is free
 *
 * The generators take their share of the same cores, so the answers cannot double. What tells is CPU time per request: if it
 * stays the same, a second core brings as many answers as the first.
 */
import { scenarios } from '../../scenarios/scenarios.ts'
import { runLoad } from '../generator.ts'
import { writePlan } from '../plan.ts'
import { noteFailure, type Run } from '../run.ts'
import { startServer } from '../running-server.ts'
import type { Target } from '../target.ts'
import { loadOf } from './fleet.ts'

const counts = [1, 2]
const warmSeconds = 1.5

export interface WorkersSettings {
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly connections: number
  readonly seconds: number
}

/** Measures those of ours that are told by `WORKERS` how many processes they are. */
export async function measureWorkers(run: Run, settings: WorkersSettings): Promise<void> {
  const lost = new Set<Target>()
  for (let round = 0; round < settings.rounds; round++) {
    for (const target of settings.targets) {
      if (lost.has(target)) continue
      run.say(`workers, round ${round + 1}/${settings.rounds} ${target.name}`)
      try {
        for (const workers of counts) await measureOnce(run, target, { ...settings, workers })
      } catch (error) {
        lost.add(target)
        noteFailure(run, target.name, 'workers', error)
      }
    }
  }
}

async function measureOnce(
  run: Run,
  target: Target,
  { workers, connections, seconds }: WorkersSettings & { workers: number },
): Promise<void> {
  const told = { ...target, env: { ...target.env, WORKERS: String(workers) } }
  const core = workers === 1 ? run.cores.server : undefined
  const server = await startServer(told, { cache: run.cache, core })
  try {
    const [scenario] = scenarios
    if (scenario === undefined) return
    const where = { port: server.port, folder: run.cache, target: target.name, isChecked: false }
    const plan = await writePlan(scenario, where)
    const shape = { plan, connections: connections / 2, rate: 0 }
    const half = loadOf(run, server, { ...shape, seconds })
    const fromBothCores = (of: typeof half) =>
      Promise.all([runLoad(of), runLoad({ ...of, core: run.cores.server ?? of.core })])
    await fromBothCores({ ...half, seconds: warmSeconds })
    const beforeMs = server.cpuMs()
    const answers = await fromBothCores(half)
    await server.untilQuiet()
    const answered = answers.reduce((sum, answer) => sum + answer.answered, 0)
    const perSecond = answers.reduce((sum, answer) => sum + answer.answered / answer.seconds, 0)
    const cpuUs = ((server.cpuMs() - beforeMs) * 1_000) / answered
    run.results.workers.push({ target: target.name, workers, perSecond, cpuUs })
  } finally {
    await server.stop()
  }
}
