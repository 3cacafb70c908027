/** The short form of the lock campaign; the long one is `npm run test:failure -- lock`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { postgresMissing } from '../../../scripts/systems/postgres.ts'
import { redisMissing } from '../../../scripts/systems/redis.ts'
import { runLockCampaign } from './campaign.ts'
import { adapters } from './systems.ts'

const missing = { sqlite: false, redis: redisMissing, postgres: postgresMissing } as const
const seed = Number(process.env.SEED ?? Date.now() % 100_000)

for (const adapter of adapters) {
  describe(`a holder of a lock on ${adapter} that is stopped beyond its lease`, { skip: missing[adapter] }, () => {
    it('writes nothing any more', async () => {
      const result = await runLockCampaign({ adapter, pauses: 24, seed, isFenced: true })
      console.log(JSON.stringify(result))
      assert.equal(result.staleAccepted, 0)
      assert.ok(result.staleAttempts > 0, 'somebody tried')
    })

    it('would write without the fence, or this test could not see it', async () => {
      const result = await runLockCampaign({ adapter, pauses: 12, seed, isFenced: false })
      assert.ok(result.staleAccepted > 0, JSON.stringify(result))
    })
  })
}
