/** From the start of the process to the first whole answer, in interleaved rounds. */
import { runProgram } from '../generator.ts'
import type { StartRound } from '../results.ts'
import { noteFailure, type Run } from '../run.ts'
import { environment, freePort, pinned } from '../running-server.ts'
import type { Target } from '../target.ts'

export interface StartSettings {
  readonly targets: readonly Target[]
  readonly rounds: number
}

export async function measureStart(run: Run, { targets, rounds }: StartSettings): Promise<void> {
  const lost = new Set<Target>()
  for (let round = 0; round < rounds; round++) {
    run.say(`cold start, round ${round + 1}/${rounds}`)
    for (const target of targets) {
      if (lost.has(target)) continue
      await startOnce(run, target).then(
        (start) => run.results.start.push(start),
        (error: unknown) => {
          lost.add(target)
          noteFailure(run, target.name, 'cold start', error)
        },
      )
    }
  }
}

async function startOnce(run: Run, target: Target): Promise<StartRound> {
  const args = [await freePort(), run.cores.server ?? -1, ...target.command(run.cache)].map(String)
  const command = pinned([run.programs.firstAnswer, ...args], run.cores.generator)
  const { output } = await runProgram(command, 45_000, environment(target))
  return { target: target.name, ...(JSON.parse(output) as Omit<StartRound, 'target'>) }
}
