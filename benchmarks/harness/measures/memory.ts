/** Memory of a fresh server: idle, at its highest under load, and when everybody has gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../../scenarios/scenarios.ts'
import { runLoad } from '../generator.ts'
import { writePlan } from '../plan.ts'
import type { Memory } from '../results.ts'
import { forEachTarget, type Run, withServer } from '../run.ts'
import type { RunningServer } from '../running-server.ts'
import type { Target } from '../target.ts'
import { type LoadShape, loadOf } from './fleet.ts'

const settleMs = 1_000
const sampleMs = 100

export interface MemorySettings {
  readonly targets: readonly Target[]
  readonly scenario: Scenario
  readonly connections: readonly number[]
  readonly seconds: number
}

export async function measureMemory(run: Run, settings: MemorySettings): Promise<void> {
  const { targets, scenario } = settings
  await forEachTarget(run, { targets, during: 'memory' }, (target) =>
    withServer(run, target, async (server) => {
      await sleep(settleMs)
      const idle = server.memory()
      const plan = await writePlan(scenario, {
        port: server.port,
        folder: run.cache,
        target: target.name,
        isChecked: false,
      })
      const peaks = []
      for (const connections of settings.connections) {
        peaks.push(await measurePeak(run, server, { plan, connections, seconds: settings.seconds, rate: 0 }))
      }
      await sleep(settleMs)
      run.results.memory.push({ target: target.name, idle, peaks, after: server.memory() })
    }),
  )
}

async function measurePeak(run: Run, server: RunningServer, shape: LoadShape) {
  let memory: Memory = { rssKb: 0, privateKb: 0 }
  const sampler = setInterval(() => {
    memory = higher(memory, server.memory())
  }, sampleMs)
  try {
    const { answered, seconds } = await runLoad(loadOf(run, server, shape))
    return { connections: shape.connections, memory, perSecond: answered / seconds }
  } finally {
    clearInterval(sampler)
  }
}

function higher(a: Memory, b: Memory): Memory {
  return { rssKb: Math.max(a.rssKb, b.rssKb), privateKb: Math.max(a.privateKb, b.privateKb) }
}
