/**
 * Throughput, CPU time per request and latency, in interleaved rounds.
 *
 *   round 1: scenario a: limit, gin, …, genever   scenario b: limit, gin, …, genever   …
 *   round 2: …
 *
 * What disturbs the machine for a second disturbs one round of one target; the best round and the median stand beside it.
 */
import { runLoad } from '../generator.ts'
import { noteFailure, type Run } from '../run.ts'
import { loadOf, type Ship } from './fleet.ts'

export interface LoadSettings {
  readonly scenarios: readonly string[]
  readonly connections: number
  readonly rounds: number
  readonly seconds: number
  /** Requests due in a second; 0 is the closed loop. */
  readonly rate: number
}

export async function measureLoad(run: Run, fleet: readonly Ship[], settings: LoadSettings): Promise<void> {
  const { scenarios, connections, rounds, rate } = settings
  const lost = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      const loop = rate > 0 ? `open loop ${rate}/s` : 'closed loop'
      run.say(`${loop}, ${connections} connections, round ${round + 1}/${rounds}, scenario ${scenario}`)
      for (const ship of fleet) {
        const key = `${ship.server.target.name} ${scenario}`
        if (lost.has(key)) continue
        await measureRound(run, ship, { ...settings, scenario, round }).catch((error: unknown) => {
          lost.add(key)
          noteFailure(run, ship.server.target.name, `${loop} of scenario ${scenario}`, error)
        })
      }
    }
  }
}

async function measureRound(
  run: Run,
  { server, plans }: Ship,
  { scenario, connections, seconds, rate, round }: LoadSettings & { scenario: string; round: number },
): Promise<void> {
  const plan = plans.get(scenario)
  if (plan === undefined) return
  const beforeMs = server.cpuMs()
  const answer = await runLoad(loadOf(run, server, { plan, connections, seconds, rate }))
  await server.untilQuiet()
  const cpuUs = ((server.cpuMs() - beforeMs) * 1_000) / answer.answered
  const { answered, late, latencies } = answer
  const where = { target: server.target.name, scenario, connections, rate, round }
  run.results.load.push({ ...where, seconds: answer.seconds, answered, late, cpuUs, latencies })
}
