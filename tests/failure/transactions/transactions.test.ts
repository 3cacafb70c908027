/** The short form of the transactions campaign, on PostgreSQL; the long one is `npm run test:failure -- transactions`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { allPoints, runSagaCampaign } from './campaign.ts'
import { runTwoPhaseCampaign } from './two-phase.ts'

describe('a process that runs sagas and dies, or sleeps beyond its lease', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  it('leaves all done or all undone, and the ledger in balance, wherever it was', async () => {
    // One of four, some by each way to end; the whole campaign has all of them.
    const points = allPoints().filter((_, index) => index % 4 === 0)
    const result = await runSagaCampaign({ url: server.url, points })
    console.log(JSON.stringify(result))
    assert.deepEqual(result.wrong, [])
    assert.deepEqual(result.stuck, [])
    assert.ok(result.done > 0 && result.compensated > 0)
  })

  it('would be seen to make effects twice if the other side knew no key again', async () => {
    const points = allPoints().filter(
      ({ saga, at, how }) => saga === 'checkout' && at.endsWith('run:effect') && how === 'kill',
    )
    const { wrong } = await runSagaCampaign({ url: server.url, points, isNaive: true })
    assert.ok(wrong.length > 0)
  })
})

describe('a process that commits in two phases and dies, or sleeps beyond its lease', {
  skip: postgresMissing || mariadbMissing,
}, () => {
  let servers: readonly [PostgresSystem, MariadbSystem] | undefined
  const urls = (): { postgresUrl: string; mariadbUrl: string } => ({
    postgresUrl: servers?.[0].url ?? '',
    mariadbUrl: servers?.[1].url ?? '',
  })
  before(async () => {
    servers = await Promise.all([startPostgres(), startMariadb()])
  })
  after(() => Promise.all((servers ?? []).map((server) => server.stop())))

  it('leaves both databases alike and nothing in doubt, wherever it was', async () => {
    const result = await runTwoPhaseCampaign(urls())
    console.log(JSON.stringify(result))
    assert.deepEqual(result.wrong, [])
    assert.deepEqual(result.stuck, [])
  })

  it('would be seen to move a half without it', async () => {
    const { wrong } = await runTwoPhaseCampaign({ ...urls(), isNaive: true })
    assert.equal(wrong.length, 1)
  })
})
