/** The short form of the outbox campaign; the long one is `npm run test:failure -- outbox`. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { kafkaMissing } from '../../../scripts/systems/kafka.ts'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { brokers } from './brokers.ts'
import { runOutboxCampaign } from './campaign.ts'

const seed = Number(process.env.SEED ?? Date.now() % 100_000)

describe('producers, relays and consumers that die all the time', { skip: postgresMissing }, () => {
  let database: PostgresSystem
  let folder: string
  beforeEach(async () => {
    database = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'genever-outbox-'))
  })
  afterEach(async () => {
    await database.stop()
    rmSync(folder, { recursive: true })
  })

  it('lose nothing, double nothing and make nothing up', async () => {
    const result = await runOutboxCampaign({
      databaseUrl: database.url,
      brokerUrl: `sqlite:${join(folder, 'events.db')}`,
      mode: 'outbox',
      count: 1_000,
      crashRate: 0.006,
      seed,
      database,
      databaseKills: 1,
    })
    console.log(JSON.stringify({ seed, ...result }))
    assert.deepEqual([result.lost, result.doubled, result.ghost], [0, 0, 0])
    for (const role of ['producer', 'relay', 'consumer']) assert.ok((result.kills[role] ?? 0) > 0, `no ${role} died`)
  })

  it('nor over Kafka, which dies as well', { skip: kafkaMissing }, async () => {
    const broker = await brokers.kafka?.(folder)
    assert.ok(broker !== undefined)
    const result = await runOutboxCampaign({
      databaseUrl: database.url,
      brokerUrl: broker.url,
      mode: 'outbox',
      count: 300,
      crashRate: 0.008,
      seed,
      broker: broker.system,
      brokerKills: 1,
    })
    await broker.system?.stop()
    console.log(JSON.stringify({ seed, ...result }))
    assert.deepEqual([result.lost, result.doubled, result.ghost], [0, 0, 0])
    for (const role of ['producer', 'relay', 'consumer']) assert.ok((result.kills[role] ?? 0) > 0, `no ${role} died`)
  })

  it('would be seen to lose and to double without outbox and inbox', async () => {
    const result = await runOutboxCampaign({
      databaseUrl: database.url,
      brokerUrl: `sqlite:${join(folder, 'events.db')}`,
      mode: 'naive',
      count: 1_000,
      crashRate: 0.01,
      seed,
    })
    console.log(JSON.stringify({ seed, ...result }))
    assert.ok(result.lost > 0 && result.doubled > 0)
  })
})
