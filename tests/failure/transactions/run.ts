/** The transactions campaign in full: sagas and reservations on each database, with and without keys; two-phase commit over two. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMariadb } from '../../../scripts/systems/mariadb.ts'
import { startPostgres } from '../../../scripts/systems/postgres.ts'
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { allPoints, type CampaignResult, runSagaCampaign } from './campaign.ts'
import { runTwoPhaseCampaign } from './two-phase.ts'

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
  if (words.length === 0 || words.includes('two-phase')) isGood = (await runTwoPhase()) && isGood
  return isGood
}

async function runTwoPhase(): Promise<boolean> {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  const urls = { postgresUrl: postgres.url, mariadbUrl: mariadb.url }
  const { points, wrong, stuck, longestMs } = await runTwoPhaseCampaign(urls)
  const times = `longest ${Math.round(longestMs)} ms`
  console.log(`two-phase  boundaries ${points}  wrong ${wrong.length}  stuck ${stuck.length}  ${times}`)
  for (const place of [...wrong, ...stuck]) console.log(`  ${place}`)
  const naive = await runTwoPhaseCampaign({ ...urls, isNaive: true })
  console.log(`one after the other  boundaries ${naive.points}  wrong ${naive.wrong.length}`)
  await Promise.all([postgres.stop(), mariadb.stop()])
  return wrong.length === 0 && stuck.length === 0 && naive.wrong.length > 0
}

function print(what: string, { points, wrong, stuck, done, compensated, longestMs }: CampaignResult): void {
  console.log(
    `${what}  boundaries ${points}  done ${done}  compensated ${compensated}  wrong ${wrong.length}  stuck ${stuck.length}  longest ${Math.round(longestMs)} ms`,
  )
  for (const place of [...wrong, ...stuck].slice(0, 5)) console.log(`  ${place}`)
}
