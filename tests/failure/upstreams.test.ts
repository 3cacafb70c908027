/** Failing upstreams: what they cost the callers of a client with its defaults, and how much a dead one is still asked. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { runtimes } from './support/service-process.ts'
import type { OneOfFour, OnlyOne } from './upstreams.ts'

const execute = promisify(execFile)
const seed = process.env.SEED ?? '1'

for (const runtime of runtimes) {
  describe(`a client on ${runtime}`, { timeout: 120_000 }, () => {
    async function campaign(only: string, seconds = 5): Promise<string> {
      const env = { ...process.env, SEED: seed, RATE: '200', SECONDS: String(seconds), ONLY: only }
      const { stdout } = await execute(runtime, [join(import.meta.dirname, 'upstreams.ts')], { env })
      return stdout
    }

    for (const fault of ['failing', 'killed', 'slow', 'silent']) {
      it(`has at most 1 % errors 2 s after one of four is ${fault}`, async (t) => {
        const text = await campaign(`one-${fault}`)
        t.diagnostic(text.trim())
        const { callsLate, errorRateLate, errorsEarly, requestsToFaulty } = JSON.parse(text) as OneOfFour
        assert.ok(callsLate >= 400, `only ${callsLate} calls were made`)
        assert.ok(errorRateLate <= 0.01, `${errorRateLate} of the calls failed`)
        assert.ok(errorsEarly <= 20, `${errorsEarly} calls failed in the first two seconds`)
        if (fault === 'failing') assert.ok((requestsToFaulty ?? 0) <= 10, `${requestsToFaulty} requests reached it`)
      })
    }

    it('leaves at most half of four alone, though three fail', async (t) => {
      const text = await campaign('three-failing')
      t.diagnostic(text.trim())
      const { usable } = JSON.parse(text) as OneOfFour
      assert.ok(usable >= 2, `only ${usable} of four are in use`)
    })

    it('asks a dead one for at most 5 % of the calls besides probes, repeats at most a tenth, and is back within 2 s', async (t) => {
      const text = await campaign('only-failing', 8)
      t.diagnostic(text.trim())
      const { offered, attempts, probes, repetitions, recoveryMs } = JSON.parse(text) as OnlyOne
      // A probe a second for each of the two operations.
      assert.ok(attempts <= 0.05 * offered + 2 * probes, `${attempts} of ${offered} calls reached it`)
      // Ten are saved up from good times.
      assert.ok(repetitions <= 0.1 * offered + 10, `${repetitions} repetitions of ${offered} calls`)
      assert.ok(recoveryMs <= 2_000, `it was used again after ${recoveryMs} ms`)
    })
  })
}
