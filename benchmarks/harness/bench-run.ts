/**
 * A whole run.
 *
 *   targets ─▶ prepare ─▶ all of them at once: closed loop, closed loop with many connections, open loop
 *                     └▶ each alone, fresh: memory ─▶ cold start ─▶ workers ─▶ idle connections     ─▶ results
 */
import { type Scenario, scenarios } from '../scenarios/scenarios.ts'
import { isBundle, isVariant } from './genever-targets.ts'
import { measureStart } from './measures/cold-start.ts'
import { type Ship, withFleet } from './measures/fleet.ts'
import { measureIdle } from './measures/idle-connections.ts'
import { type LoadSettings, measureLoad } from './measures/load.ts'
import { measureMemory } from './measures/memory.ts'
import { measureWorkers } from './measures/workers.ts'
import type { Run } from './run.ts'
import type { Settings } from './settings.ts'
import type { Target } from './target.ts'

/** Where many connections and what telemetry costs are measured: the smallest request, and one with work in it. */
const telling = ['a', 'c']

/** Adds to the run's results; a target's trouble is noted there. */
export async function runBench(run: Run, targets: readonly Target[], settings: Settings): Promise<void> {
  const { measures } = settings
  if (measures.includes('closed') || measures.includes('open')) await measureLoads(run, targets, settings)
  const dead = new Set(run.results.failures.filter(({ during }) => during === 'start').map(({ target }) => target))
  const living = targets.filter((target) => !dead.has(target.name))
  const alone = { targets: living.filter((target) => settings.targets !== undefined || isWhole(target)) }
  if (measures.includes('memory')) {
    const connections = [
      settings.connections,
      ...(settings.manyConnections === undefined ? [] : [settings.manyConnections]),
    ]
    await measureMemory(run, { ...alone, scenario: scenarioNamed('a'), connections, seconds: settings.seconds * 3 })
  }
  if (measures.includes('start')) {
    // A bundle is made for its start.
    const started = living.filter((target) => alone.targets.includes(target) || isBundle(target.name))
    await measureStart(run, { targets: started, rounds: settings.startRounds })
  }
  if (measures.includes('workers')) {
    const ours = alone.targets.filter(({ name }) => name.startsWith('genever-') && !name.includes('native'))
    const { rounds, connections, seconds } = settings
    await measureWorkers(run, { targets: ours, rounds: Math.min(rounds, 3), connections, seconds: seconds * 2 })
  }
  if (!measures.includes('idle')) return
  const most = Math.max(...settings.idleConnections)
  for (const connections of settings.idleConnections) {
    const seconds = connections === most ? settings.idleSeconds : settings.idleSeconds / 3
    await measureIdle(run, { ...alone, connections, seconds: Math.ceil(seconds) })
  }
}

async function measureLoads(run: Run, targets: readonly Target[], settings: Settings): Promise<void> {
  const { warmSeconds, measures, scenarios: names, manyConnections, rounds, seconds } = settings
  const fleetOptions = { targets, warmSeconds, scenarios: (target: Target) => scenariosOf(target, settings) }
  await withFleet(run, fleetOptions, async (fleet) => {
    const closed: LoadSettings = { scenarios: names, connections: settings.connections, rounds, seconds, rate: 0 }
    const whole = fleet.filter(({ server }: Ship) => settings.targets !== undefined || isWhole(server.target))
    if (measures.includes('closed')) {
      await measureLoad(run, fleet, closed)
      if (manyConnections !== undefined) {
        const few = names.filter((name) => telling.includes(name))
        await measureLoad(run, whole, { ...closed, scenarios: few, connections: manyConnections })
      }
    }
    if (measures.includes('open')) {
      await measureLoad(run, whole, {
        ...closed,
        scenarios: names.slice(0, 1),
        rate: settings.requestsPerSecond,
        // There is little to count at part load.
        seconds: seconds * 2,
      })
    }
  })
}

/** What is measured of a target: everything that it has; of a variant that nobody asked for, what tells its price. */
function scenariosOf(target: Target, { scenarios: names, targets }: Settings): readonly Scenario[] {
  return scenarios.filter(
    ({ name }) =>
      names.includes(name) &&
      !target.without?.includes(name) &&
      (targets !== undefined || isWhole(target) || telling.includes(name)),
  )
}

function isWhole(target: Target): boolean {
  return !isVariant(target.name)
}

function scenarioNamed(wanted: string): Scenario {
  const found = scenarios.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`no scenario is called ${wanted}`)
  return found
}
