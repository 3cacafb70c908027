/** When requests that hold the thread behind an await are kept from beginning all at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StartPace } from './start-pace.ts'

const lookMs = 25

/** Looks at a loop for `ms`, each time so late; in that time so many end for each second. */
function watch(
  pace: StartPace,
  {
    fromMs,
    ms,
    lagMs,
    perSecond,
    waiting = 0,
  }: { fromMs: number; ms: number; lagMs: number; perSecond: number; waiting?: number },
): number {
  let nowMs = fromMs
  let owed = 0
  while (nowMs < fromMs + ms) {
    const elapsedMs = lookMs + lagMs
    nowMs += elapsedMs
    owed += (perSecond * elapsedMs) / 1_000
    const ended = Math.floor(owed)
    owed -= ended
    pace.look({ elapsedMs, lagMs, ended, waiting, inFlight: 10 })
  }
  return nowMs
}

function startsWithin(pace: StartPace): number {
  let starts = 0
  while (starts < 1_000 && pace.tryStart()) starts++
  return starts
}

describe('StartPace', () => {
  const rows = [
    { ms: 5_000, lagMs: 5, isHeld: false, why: 'the loop is hardly late' },
    { ms: 400, lagMs: 400, isHeld: false, why: 'it was stopped once, by a neighbour say' },
    { ms: 2_000, lagMs: 400, isHeld: true, why: 'it is late all the time' },
    { ms: 5_000, lagMs: 100, isHeld: false, why: 'requests that came together take their turn together' },
  ]
  for (const { ms, lagMs, isHeld, why } of rows) {
    it(`${isHeld ? 'holds' : 'does not hold'} anybody after ${ms} ms with ${lagMs} ms of lag: ${why}`, () => {
      const pace = new StartPace()
      watch(pace, { fromMs: 1_000, ms, lagMs, perSecond: 200 })
      assert.equal(pace.isHeld, isHeld)
    })
  }

  it('finds lateness that comes in waves', () => {
    const pace = new StartPace()
    let nowMs = 1_000
    for (let wave = 0; wave < 5; wave++) {
      nowMs = watch(pace, { fromMs: nowMs, ms: 1, lagMs: 600, perSecond: 200 })
      nowMs = watch(pace, { fromMs: nowMs, ms: 50, lagMs: 0, perSecond: 0 })
    }
    assert.equal(pace.isHeld, true)
  })

  it('lets as many begin as end: fewer while the loop is late, more while it is not', () => {
    const late = new StartPace()
    const nowMs = watch(late, { fromMs: 1_000, ms: 4_000, lagMs: 400, perSecond: 200, waiting: 100 })
    startsWithin(late)
    watch(late, { fromMs: nowMs, ms: 1, lagMs: 400, perSecond: 200, waiting: 100 })
    const whileLate = startsWithin(late)
    assert.ok(whileLate > 40 && whileLate < 85, `${whileLate} of 85`)
    const recovered = watch(late, { fromMs: nowMs, ms: 2_000, lagMs: 10, perSecond: 200, waiting: 100 })
    startsWithin(late)
    let begun = 0
    for (let at = recovered; at < recovered + 1_000; ) {
      at = watch(late, { fromMs: at, ms: 1, lagMs: 10, perSecond: 200, waiting: 100 })
      begun += startsWithin(late)
    }
    assert.ok(begun > 250 && begun < 320, `${begun} in a second`)
  })

  it('lets somebody begin where nothing goes on', () => {
    const pace = new StartPace()
    watch(pace, { fromMs: 1_000, ms: 4_000, lagMs: 400, perSecond: 0, waiting: 5 })
    assert.equal(pace.isHeld, true)
    pace.look({ elapsedMs: lookMs, lagMs: 0, ended: 0, waiting: 5, inFlight: 0 })
    assert.equal(startsWithin(pace), 1)
  })

  it('holds nobody any more once nobody has had to wait for a while', () => {
    const pace = new StartPace()
    const nowMs = watch(pace, { fromMs: 1_000, ms: 4_000, lagMs: 400, perSecond: 200, waiting: 100 })
    watch(pace, { fromMs: nowMs, ms: 1_000, lagMs: 5, perSecond: 50 })
    assert.deepEqual([pace.isHeld, startsWithin(pace)], [false, 1_000])
  })
})
