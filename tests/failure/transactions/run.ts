/** The transactions campaign in full, on each database, and with steps that know no key again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMariadb } from '../../../scripts/systems/mariadb.ts'
import { startPostgres } from '../../../scripts/systems/postgres.ts'
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { allPoints, type CampaignResult, runSagaCampaign } from './campaign.ts'

export async function run({ words }: CampaignRequest): Promise<boolean> {
  let isGood = true
  const folder = mkdtempSync(join(tmpdir(), 'genever-campaign-'))
  const systems = {
    sqlite: async () => ({
      url: `sqlite:${join(folder, 'sagas.db')}`,
      stop: async () => rmSync(folder, { recursive: true }),
    }),
    postgres: () => startPostgres(),
    mariadb: () => startMariadb(),
  }
  for (const [name, start] of Object.entries(systems)) {
    if (words.length > 0 && !words.includes(name)) continue
    const system = await start()
    const result = await runSagaCampaign({ url: system.url, points: allPoints() })
    print(`${name}, keys and tokens`, result)
    isGood &&= result.wrong.length === 0 && result.stuck.length === 0 && result.done > 0 && result.compensated > 0
    const naive = await runSagaCampaign({
      url: system.url,
      points: allPoints().filter(({ at }) => at.endsWith('effect')),
      isNaive: true,
    })
    print(`${name}, without them  `, naive)
    isGood &&= naive.wrong.length > 0
    await system.stop()
  }
  return isGood
}

function print(what: string, { points, wrong, stuck, done, compensated, longestMs }: CampaignResult): void {
  console.log(
    `${what}  boundaries ${points}  done ${done}  compensated ${compensated}  wrong ${wrong.length}  stuck ${stuck.length}  longest ${Math.round(longestMs)} ms`,
  )
  for (const place of [...wrong, ...stuck].slice(0, 5)) console.log(`  ${place}`)
}
