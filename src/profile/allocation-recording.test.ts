import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { runtimeName } from '../platform/runtime.ts'
import { recordAllocations } from './allocation-recording.ts'

const kept: unknown[][] = []

function keepMuch(): void {
  for (let i = 0; i < 200; i++) kept.push(new Array(10_000).fill(i))
}

function throwMuchAway(): number {
  let sum = 0
  for (let i = 0; i < 2_000; i++) sum += new Array(10_000).fill(i).length
  return sum
}

describe('who allocates', { skip: runtimeName !== 'node' && 'Bun does not tell' }, () => {
  it('is told by the memory that is held when it ends, or by all that was allocated', async () => {
    for (const { withCollected, type, named } of [
      { withCollected: false, type: 'inuse_space', named: ['keepMuch'] },
      { withCollected: true, type: 'alloc_space', named: ['keepMuch', 'throwMuchAway'] },
    ]) {
      const recording = recordAllocations({ seconds: 0.3, withCollected })
      setTimeout(() => {
        keepMuch()
        throwMuchAway()
      }, 50)
      const done = await recording
      const text = gunzipSync(await done.pprof()).toString('latin1')
      for (const name of [type, ...named]) assert.ok(text.includes(name), `${name} in ${type}`)
      const { head } = JSON.parse(done.heapprofile()) as { head: { callFrame: { functionName: string } } }
      assert.equal(head.callFrame.functionName, '(root)')
    }
    assert.ok(kept.length > 0)
  })

  it('is recorded once at a time, beside a CPU profile', async () => {
    const first = recordAllocations({ seconds: 0.1 })
    await assert.rejects(recordAllocations({ seconds: 0.1 }), { code: 'PROFILE_BUSY' })
    await first
  })
})

it('a runtime that does not tell who allocates says so', { skip: runtimeName === 'node' && 'it does' }, async () => {
  await assert.rejects(recordAllocations(), { code: 'PROFILE_UNSUPPORTED', status: 501 })
})
