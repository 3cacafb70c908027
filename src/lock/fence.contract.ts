/** What every fence keeps: the write happens with the check or not at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FenceClaim } from './fence.ts'

export interface FenceHarness {
  /** Writes `value` under the claim, in one step with the check. */
  write(claim: FenceClaim, value: string): Promise<void>
  /** What is written. */
  read(resource: string): Promise<string | undefined>
}

export function fenceContract(name: string, harness: () => FenceHarness): void {
  describe(`${name}, as a fence`, () => {
    it('lets tokens pass that do not fall, and refuses one that does, without a trace', async () => {
      const { write, read } = harness()
      const resource = `r${Math.random()}`
      await write({ resource, token: 7 }, 'a')
      await write({ resource, token: 7 }, 'b')
      await write({ resource, token: 9 }, 'c')
      await assert.rejects(write({ resource, token: 8 }, 'late'), { code: 'STALE_TOKEN', status: 409 })
      assert.equal(await read(resource), 'c')
      await write({ resource, token: 9 }, 'd')
      assert.equal(await read(resource), 'd')
    })

    it('compares numbers, not text, up to those of microseconds', async () => {
      const { write, read } = harness()
      const resource = `r${Math.random()}`
      const now = Date.now() * 1_000
      await write({ resource, token: 9 }, 'a')
      await write({ resource, token: 10 }, 'b')
      await write({ resource, token: now + 1 }, 'c')
      await assert.rejects(write({ resource, token: now }, 'late'), { code: 'STALE_TOKEN' })
      assert.equal(await read(resource), 'c')
    })

    it('keeps resources apart', async () => {
      const { write, read } = harness()
      const [first, second] = [`r${Math.random()}`, `r${Math.random()}`]
      await write({ resource: first, token: 9 }, 'a')
      await write({ resource: second, token: 1 }, 'b')
      assert.deepEqual([await read(first), await read(second)], ['a', 'b'])
    })
  })
}
