/** The lock campaign in full: at least 500 pauses for each adapter, over several seeds, and what they do without the fence. */
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { type LockCampaignResult, runLockCampaign } from './campaign.ts'
import { adapters } from './systems.ts'

export async function run({ words, seeds, count = 510 }: CampaignRequest): Promise<boolean> {
  let isGood = true
  for (const adapter of adapters.filter((name) => words.length === 0 || words.includes(name))) {
    for (const seed of seeds) {
      const pauses = Math.ceil(count / seeds.length)
      const fenced = await runLockCampaign({ adapter, pauses, seed, isFenced: true })
      print('with the fence', fenced)
      isGood &&= fenced.staleAccepted === 0 && fenced.staleAttempts > pauses / 2
    }
    const [seed = 1] = seeds
    const bare = await runLockCampaign({ adapter, pauses: Math.ceil(count / 10), seed, isFenced: false })
    print('without it    ', bare)
    isGood &&= bare.staleAccepted > 0
  }
  return isGood
}

function print(what: string, result: LockCampaignResult): void {
  const { adapter, seed, pauses, staleAttempts, staleAccepted, writes, takeoverMs } = result
  console.log(
    `${adapter.padEnd(8)} ${what}  seed ${seed}  pauses ${pauses}  stale writes tried ${staleAttempts}  ` +
      `accepted ${staleAccepted}  of ${writes}  longest takeover ${Math.round(takeoverMs)} ms`,
  )
}
