/** All targets at once, every path of each asked, checked and warm: the state in which rounds can be interleaved. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scenario } from '../../scenarios/scenarios.ts'
import { runLoad } from '../generator.ts'
import { type Plan, writePlan } from '../plan.ts'
import { noteFailure, type Run } from '../run.ts'
import { type RunningServer, startServer } from '../running-server.ts'
import type { Target } from '../target.ts'
import { limitTarget } from '../targets.ts'

const warmConnections = 20
/** Compilers that wait until code is hot have seen enough by then, most of them. */
const warmRequests = 10_000
const warmTurns = 6

export interface Ship {
  readonly server: RunningServer
  /** By scenario; those that the target has and that are wanted of it. */
  readonly plans: ReadonlyMap<string, Plan>
}

export interface FleetOptions {
  readonly targets: readonly Target[]
  readonly scenarios: (target: Target) => readonly Scenario[]
  /** How long each scenario runs before anything counts; a slow target up to six times as long. */
  readonly warmSeconds: number
}

export async function withFleet(
  run: Run,
  options: FleetOptions,
  use: (fleet: readonly Ship[]) => Promise<void>,
): Promise<void> {
  const fleet: Ship[] = []
  try {
    for (const [index, target] of options.targets.entries()) {
      run.say(`start and warm ${index + 1}/${options.targets.length} ${target.name}`)
      await launch(run, target, options, fleet).catch((error: unknown) => noteFailure(run, target.name, 'start', error))
    }
    await use(fleet)
  } finally {
    await Promise.all(fleet.map(({ server }) => server.stop()))
  }
}

async function launch(run: Run, target: Target, options: FleetOptions, fleet: Ship[]): Promise<void> {
  const server = await startServer(target, { cache: run.cache, core: run.cores.server })
  const plans = new Map<string, Plan>()
  // Joins before its plans are made: whoever is in the fleet is stopped in the end.
  fleet.push({ server, plans })
  const folder = join(run.cache, 'plans')
  await mkdir(folder, { recursive: true })
  for (const scenario of options.scenarios(target)) {
    try {
      const isChecked = target.name !== limitTarget.name
      const plan = await writePlan(scenario, { port: server.port, folder, target: target.name, isChecked })
      await warm(run, server, { plan, connections: warmConnections, seconds: options.warmSeconds, rate: 0 })
      plans.set(scenario.name, plan)
    } catch (error) {
      noteFailure(run, target.name, `scenario ${scenario.name}`, error)
    }
  }
}

async function warm(run: Run, server: RunningServer, shape: LoadShape): Promise<void> {
  let requests = 0
  for (let turn = 0; turn < warmTurns && requests < warmRequests; turn++) {
    requests += (await runLoad(loadOf(run, server, shape))).answered
  }
  await server.untilQuiet()
}

export interface LoadShape {
  readonly plan: Plan
  readonly connections: number
  readonly seconds: number
  readonly rate: number
}

export function loadOf(run: Run, server: RunningServer, { plan, ...shape }: LoadShape) {
  return { program: run.programs.load, core: run.cores.generator, port: server.port, plan: plan.file, ...shape }
}
