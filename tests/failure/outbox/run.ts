/** The outbox campaign in full: 10,000 messages and at least 200 deaths for each database, three seeds, and the naive way beside it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMariadb } from '../../../scripts/systems/mariadb.ts'
import { startPostgres } from '../../../scripts/systems/postgres.ts'
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { type OutboxCampaignResult, runOutboxCampaign } from './campaign.ts'

const systems = { postgres: startPostgres, mariadb: startMariadb } as const

export async function run({ words, seeds, count = 10_000 }: CampaignRequest): Promise<boolean> {
  let isGood = true
  for (const [name, start] of Object.entries(systems)) {
    if (words.length > 0 && !words.includes(name)) continue
    for (const seed of seeds) isGood = (await one({ name, start, count, seed, mode: 'outbox' })) && isGood
    isGood = (await one({ name, start, count: Math.ceil(count / 5), seed: seeds[0] ?? 1, mode: 'naive' })) && isGood
  }
  return isGood
}

interface One {
  readonly name: string
  readonly start: (typeof systems)[keyof typeof systems]
  readonly count: number
  readonly seed: number
  readonly mode: 'outbox' | 'naive'
}

async function one({ name, start, count, seed, mode }: One): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'genever-outbox-'))
  const database = await start()
  const isOutbox = mode === 'outbox'
  const result = await runOutboxCampaign({
    databaseUrl: database.url,
    brokerUrl: `sqlite:${join(folder, 'events.db')}`,
    mode,
    count,
    crashRate: 0.003,
    seed,
    ...(isOutbox && { database, databaseKills: 5 }),
  })
  print(`${name} ${mode} seed ${seed}`, result)
  await database.stop()
  rmSync(folder, { recursive: true })
  const { lost, doubled, ghost } = result
  return isOutbox ? lost + doubled + ghost === 0 && total(result) >= 200 : lost > 0 && doubled > 0
}

function print(what: string, result: OutboxCampaignResult): void {
  const { count, kills, lost, doubled, ghost, drainedMs } = result
  console.log(
    `${what}  messages ${count}  kills ${total(result)} ${JSON.stringify(kills)}  lost ${lost} doubled ${doubled} ghost ${ghost}  drained in ${Math.round(drainedMs)} ms`,
  )
}

function total({ kills }: OutboxCampaignResult): number {
  return Object.values(kills).reduce((sum, n) => sum + n, 0)
}
