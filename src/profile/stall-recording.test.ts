import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recordCpuProfile } from './cpu-recording.ts'
import { recordStalls, stallsIn } from './stall-recording.ts'

const frame = (functionName: string, url = 'file:///a.ts') => ({ functionName, url, lineNumber: 4, columnNumber: 0 })

describe('a stall', () => {
  const nodes = [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 4, 5] },
    { id: 2, callFrame: frame('outer'), children: [3] },
    { id: 3, callFrame: frame('', 'node:fs') },
    { id: 4, callFrame: frame('(idle)', '') },
    { id: 5, callFrame: frame('other') },
  ]
  // At 100, 101, … ms.
  const samples = [5, 3, 3, 2, 4, 5]
  const profile = {
    nodes,
    startTime: 0,
    endTime: 6_000,
    samples,
    timeDeltas: samples.map((_, i) => (i === 0 ? 0 : 1_000)),
  }

  it('shows the stacks that were seen in it, the most frequent first, and none from before or after', () => {
    const stalls = stallsIn({
      profile,
      profiledFromMs: 100,
      intervals: [{ fromMs: 100.5, toMs: 104.5 }],
      epochMs: 1_000,
    })
    assert.deepEqual(stalls, [
      {
        began: '1970-01-01T00:00:01.100Z',
        lastedMs: 4,
        stacks: [
          { share: 0.5, frames: ['(anonymous) (node:fs:5)', 'outer (/a.ts:5)'] },
          { share: 0.25, frames: ['outer (/a.ts:5)'] },
        ],
      },
    ])
  })

  it('has no stack where the thread was not at work', () => {
    const intervals = [{ fromMs: 103.5, toMs: 104.5 }]
    assert.deepEqual(stallsIn({ profile, profiledFromMs: 100, intervals, epochMs: 0 })[0]?.stacks, [])
  })

  it('that is longest comes first', () => {
    const intervals = [
      { fromMs: 100, toMs: 101 },
      { fromMs: 102, toMs: 105 },
    ]
    const stalls = stallsIn({ profile, profiledFromMs: 100, intervals, epochMs: 0 })
    assert.deepEqual(
      stalls.map(({ lastedMs }) => lastedMs),
      [3, 1],
    )
  })
})

function blockTheLoop(): number {
  let sum = 0
  for (const end = performance.now() + 200; performance.now() < end; ) for (let i = 0; i < 1e4; i++) sum += Math.sqrt(i)
  return sum
}

describe('watching', () => {
  it('tells who kept the event loop, and for how long', async () => {
    const watching = recordStalls({ seconds: 0.6, thresholdMs: 100 })
    setTimeout(blockTheLoop, 150)
    const { stalls, watchedMs } = await watching
    // A busy machine has stalls of its own.
    const ours = stalls.find(({ stacks }) =>
      stacks.some(({ frames }) =>
        frames.some((text) => /^blockTheLoop \(.*stall-recording\.test\.ts:\d+\)$/.test(text)),
      ),
    )
    assert.ok(ours !== undefined && ours.lastedMs >= 100 && watchedMs >= 500, JSON.stringify(stalls))
  })

  it('shares the profiler with CPU profiles', async () => {
    const watching = recordStalls({ seconds: 0.1 })
    await assert.rejects(recordCpuProfile({ seconds: 0.1 }), { code: 'PROFILE_BUSY' })
    await watching
  })

  for (const thresholdMs of [0, 9, 60_001, Number.NaN]) {
    it(`refuses a threshold of ${thresholdMs} ms`, async () => {
      await assert.rejects(recordStalls({ thresholdMs }), { code: 'BAD_PROFILE', status: 400 })
    })
  }
})
