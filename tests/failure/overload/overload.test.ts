/**
 * The short form of the overload campaign; the long one is `npm run test:failure -- overload`.
 *
 * It measures time on a machine that others use, so it promises far less than the long one, compares with what the server could do
 * in the same run, and fails only when three tries of three do.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { brokenPromises, runOverloadCampaign, tolerantPromises } from './campaign.ts'

const tries = 3
const seed = Number(process.env.SEED ?? Date.now() % 100_000)
const missing = process.platform !== 'linux' || !hasCompiler() ? 'needs Linux and gcc' : false

function hasCompiler(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

for (const target of ['genever-bun', 'genever-node']) {
  describe(`${target} under overload`, { skip: missing, timeout: 240_000 }, () => {
    it('does what it can, turns the rest away soon, and recovers', async (t) => {
      let broken: string[] = []
      for (let attempt = 0; attempt < tries; attempt++) {
        const request = { target, workMs: 5, loads: [0.8, 2, 5], seconds: 3, seed: seed + attempt }
        const result = await runOverloadCampaign(request)
        t.diagnostic(JSON.stringify({ seed: request.seed, ...result }))
        broken = brokenPromises(result, tolerantPromises)
        if (broken.length === 0) return
      }
      assert.deepEqual(broken, [], `with seeds from ${seed}`)
    })

    it('would let most callers give up without the door, whatever their priority, or this test could not see it', async (t) => {
      const request = { target, workMs: 5, loads: [5], seconds: 3, seed, isShedding: false }
      const { rows } = await runOverloadCampaign(request)
      t.diagnostic(JSON.stringify(rows))
      assert.ok((rows[0]?.late ?? 0) > 0.4 && (rows[0]?.highGood ?? 1) < 0.6, JSON.stringify(rows))
    })
  })
}
