/**
 * Doors under overload, simulated: goodput, latency and recovery of each, for several loads and costs of a request.
 *
 *   node benchmarks/resilience/overload.ts
 *
 * It says which door deserves the real campaign, and nothing more: a simulation knows no kernel, no garbage and no neighbours.
 */
import { doors, simulate } from '../../src/resilience/overload/simulation.fixture.ts'

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
const rows: string[] = [
  '| request | load | door | goodput | served p99 | shed p99 | high | recovery |',
  '|---|---:|---|---:|---:|---:|---:|---:|',
]
for (const { serviceMs, waitMs, name } of [
  { serviceMs: 5, waitMs: 0, name: '5 ms CPU' },
  { serviceMs: 1, waitMs: 0, name: '1 ms CPU' },
  { serviceMs: 50, waitMs: 0, name: '50 ms CPU' },
  { serviceMs: 0.5, waitMs: 200, name: '0.5 ms CPU, 200 ms wait' },
]) {
  for (const load of [0.8, 1, 2, 5, 10]) {
    for (const [door, open] of Object.entries(doors)) {
      const result = simulate({ door: open, seed: 1, load, serviceMs, waitMs })
      const times = [result.servedP99Ms, result.shedP99Ms].map((ms) => `${ms.toFixed(0)} ms`)
      rows.push(
        `| ${[name, `${load}x`, door, percent(result.goodput), ...times, percent(result.highGood), `${result.recoveryMs.toFixed(0)} ms`].join(' | ')} |`,
      )
    }
  }
}
console.log(rows.join('\n'))
