/** The short form of the transactions campaign, on PostgreSQL; the long one is `npm run test:failure -- transactions`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { allPoints, runSagaCampaign } from './campaign.ts'

describe('a process that runs sagas and dies, or sleeps beyond its lease', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  it('leaves all done or all undone, and the ledger in balance, wherever it was', async () => {
    // One of three, some by each way to end; the whole campaign has all of them.
    const points = allPoints().filter((_, index) => index % 3 === 0)
    const result = await runSagaCampaign({ url: server.url, points })
    console.log(JSON.stringify(result))
    assert.deepEqual(result.wrong, [])
    assert.deepEqual(result.stuck, [])
    assert.ok(result.done > 0 && result.compensated > 0)
  })

  it('would be seen to make effects twice if the other side knew no key again', async () => {
    const points = allPoints().filter(({ at, how }) => at.endsWith('run:effect') && how === 'kill')
    const { wrong } = await runSagaCampaign({ url: server.url, points, isNaive: true })
    assert.ok(wrong.length > 0)
  })
})
