/**
 * The outbox campaign in full: 10,000 messages and at least 200 deaths for each database, three seeds, and the naive way beside it.
 *
 *   npm run test:failure -- outbox                     each database, over a SQLite file
 *   npm run test:failure -- outbox postgres kafka      one database, over one broker, which is killed, too
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMariadb } from '../../../scripts/systems/mariadb.ts'
import { startPostgres } from '../../../scripts/systems/postgres.ts'
import type { CampaignRequest } from '../../../scripts/test-failure.ts'
import { brokers } from './brokers.ts'
import { type OutboxCampaignResult, runOutboxCampaign } from './campaign.ts'

const systems = { postgres: startPostgres, mariadb: startMariadb } as const

export async function run({ words, seeds, count = 10_000 }: CampaignRequest): Promise<boolean> {
  let isGood = true
  const chosen = Object.keys(systems).filter((name) => words.includes(name))
  const broker = Object.keys(brokers).find((name) => words.includes(name)) ?? 'sqlite'
  for (const [name, start] of Object.entries(systems)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    for (const seed of seeds) isGood = (await one({ name, start, broker, count, seed, mode: 'outbox' })) && isGood
    const few = Math.ceil(count / 5)
    isGood = (await one({ name, start, broker, count: few, seed: seeds[0] ?? 1, mode: 'naive' })) && isGood
  }
  return isGood
}

interface One {
  readonly name: string
  readonly start: (typeof systems)[keyof typeof systems]
  readonly broker: string
  readonly count: number
  readonly seed: number
  readonly mode: 'outbox' | 'naive'
}

async function one({ name, start, broker, count, seed, mode }: One): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'genever-outbox-'))
  const [database, running] = await Promise.all([start(), brokers[broker]?.(folder)])
  if (running === undefined) throw new Error(`There is no broker ${broker}.`)
  const isOutbox = mode === 'outbox'
  const result = await runOutboxCampaign({
    databaseUrl: database.url,
    brokerUrl: running.url,
    mode,
    count,
    crashRate: 0.003,
    seed,
    ...(isOutbox && { database, databaseKills: 5, broker: running.system, brokerKills: 5 }),
  })
  print(`${name} ${broker} ${mode} seed ${seed}`, result)
  await Promise.all([database.stop(), running.system?.stop()])
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
