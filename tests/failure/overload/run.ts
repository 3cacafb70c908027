/**
 * The overload campaign in full, as it is promised; on an otherwise idle machine. `npm run bench -- --measure overload` sets peers beside it.
 *
 *   npm run test:failure -- overload                       both runtimes, three seeds
 *   npm run test:failure -- overload genever-bun --seed 7
 */
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { brokenPromises, promises, runOverloadCampaign } from './campaign.ts'

const loads = [0.8, 1, 2, 5, 10]

export async function run({ words, seeds, count = 1 }: CampaignRequest): Promise<boolean> {
  let isGood = true
  for (const target of words.length === 0 ? ['genever-bun', 'genever-node'] : words) {
    for (const seed of seeds) {
      const result = await runOverloadCampaign({ target, workMs: 5, loads, seconds: 8 * count, seed })
      const { capacityPerSecond, unloadedP99Ms, rows } = result
      console.log(
        `${target}  seed ${seed}  capacity ${capacityPerSecond.toFixed(0)}/s  unloaded p99 ${unloadedP99Ms.toFixed(1)} ms`,
      )
      for (const row of rows) {
        console.log(
          `  ${`${row.load}x`.padEnd(5)} N ${Math.round(row.offeredPerSecond * 8 * count)}  goodput ${percent(row.goodput)}  accepted p99 ${row.goodP99Ms.toFixed(1)} ms  ` +
            `shed ${percent(row.shed)} p99 ${row.shedP99Ms.toFixed(1)} ms  gave up ${percent(row.late)}  high ${percent(row.highGood)}  recovery ${row.recoveryMs.toFixed(0)} ms`,
        )
      }
      const broken = brokenPromises(result, promises)
      for (const what of broken) console.log(`  not kept at ${what}`)
      isGood &&= broken.length === 0
    }
  }
  return isGood
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
