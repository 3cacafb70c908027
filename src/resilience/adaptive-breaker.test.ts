import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adaptiveBreaker, refusalProbability } from './adaptive-breaker.ts'
import { down, failing, kindsOf, stage } from './calls.fixture.ts'
import { seededRandom } from './fault/seeded-random.ts'
import { policy } from './policy.ts'

describe('refusalProbability', () => {
  const usual = { protectedCalls: 5, k: 1.5, minK: 1.1, failingShare: 0, recoveredShare: 0, run: 0 }
  const rows = [
    { facts: { ...usual, requests: 100, accepts: 100 }, expected: 0, why: 'all is well' },
    { facts: { ...usual, requests: 100, accepts: 70 }, expected: 0, why: 'K lets a third fail' },
    { facts: { ...usual, requests: 5, accepts: 0 }, expected: 0, why: 'too few to know' },
    { facts: { ...usual, requests: 100, accepts: 40 }, expected: 35 / 101, why: 'the formula' },
    { facts: { ...usual, requests: 1_000, accepts: 0 }, expected: 995 / 1_001, why: 'it is dead' },
    { facts: { ...usual, requests: 100, accepts: 40, failingShare: 1 }, expected: 51 / 101, why: 'K falls to minK' },
    { facts: { ...usual, requests: 1_000, accepts: 0, recoveredShare: 1 }, expected: 0, why: 'it has recovered' },
    { facts: { ...usual, requests: 1_000, accepts: 990, run: 10 }, expected: 0, why: 'ten in a row may be chance' },
    { facts: { ...usual, requests: 1_000, accepts: 970, run: 21 }, expected: 0.75, why: 'twenty in a row are none' },
    { facts: { ...usual, requests: 0, accepts: 0 }, expected: 0, why: 'nobody has called' },
  ]
  for (const { facts, expected, why } of rows) {
    it(`is ${expected.toFixed(3)}: ${why}`, () => assert.equal(refusalProbability(facts), expected))
  }
})

describe('adaptive breaker', () => {
  for (const seed of [1, 2, 3]) {
    it(`spares a dead dependency and uses it again within 2 s of its healing (seed ${seed})`, async () => {
      const { clock, context } = stage()
      const onion = policy(adaptiveBreaker({ clock, random: seededRandom(seed) }))
      let isDead = false
      let seen = 0
      const second = async (): Promise<{ seen: number; ok: number }> => {
        const before = seen
        let ok = 0
        for (let call = 0; call < 1_000; call++) {
          await onion(
            () => {
              seen++
              if (isDead) throw down
            },
            { context },
          ).then(
            () => ok++,
            () => {},
          )
          if (call % 20 === 0) await clock.advance(20)
        }
        return { seen: seen - before, ok }
      }
      await second()
      isDead = true
      for (let at = 0; at < 10; at++) await second()
      const whileDead = await second()
      assert.ok(whileDead.seen <= 50, `${whileDead.seen} of 1,000 calls reached the dead one`)
      isDead = false
      await second()
      await second()
      const healed = await second()
      assert.ok(healed.ok >= 950, `only ${healed.ok} of 1,000 calls were made after 2 s`)
    })
  }

  it('asks a dependency that dies after a long time of health few times more, not for as long as the window remembers', async () => {
    const { clock, context } = stage()
    const onion = policy(adaptiveBreaker({ clock, random: seededRandom(5) }))
    let made = 0
    const offer = async (calls: number, isDead: boolean): Promise<void> => {
      for (let call = 0; call < calls; call++) {
        const calling = onion(
          () => {
            made++
            if (isDead) throw down
          },
          { context },
        )
        await calling.catch(() => {})
        await clock.advance(10)
      }
    }
    await offer(2_000, false)
    made = 0
    await offer(600, true)
    assert.ok(made <= 36, `${made} of 600 calls reached it, 6 of them as probes`)
  })

  it('sends an overloaded dependency about K times what it can take, not everything', async () => {
    const { clock, context } = stage()
    const breaker = adaptiveBreaker({ clock, random: seededRandom(4) })
    const onion = policy(breaker)
    let [made, capacity] = [0, 0]
    const offer = async (seconds: number): Promise<void> => {
      for (let turn = 0; turn < seconds * 100; turn++) {
        capacity = 3
        for (let call = 0; call < 10; call++) {
          const calling = onion(
            () => {
              made++
              if (capacity-- <= 0) throw down
            },
            { context },
          )
          await calling.catch(() => {})
        }
        await clock.advance(10)
      }
    }
    await offer(15)
    made = 0
    await offer(5)
    assert.ok(made > 1_500 && made < 300 * 5 * 1.5 * 1.1, `${made} calls for a capacity of 1,500; 5,000 were offered`)
    const [view] = breaker.states()
    assert.ok(view !== undefined && view.refusing > 0.4 && view.refusing < 0.8, `refusing ${view?.refusing}`)
  })

  it('lets one call a second pass, whatever it has seen', async () => {
    const { clock, context } = stage()
    const breaker = adaptiveBreaker({ clock, random: () => 0 })
    const kinds = kindsOf(breaker)
    for (let call = 0; call < 100; call++) await policy(breaker)(failing(down), { context }).catch(() => {})
    const call = failing()
    await assert.rejects(policy(breaker)(call, { context }), { code: 'CALL_THROTTLED', status: 503 })
    await clock.advance(1_000)
    assert.equal(await policy(breaker)(call, { context }), 1)
    assert.ok(kinds.includes('refused'))
  })

  for (const option of [{ k: 1 }, { minK: 0.9 }, { buckets: 0 }, { protectedCalls: -1 }, { probeEveryMs: 0 }]) {
    it(`refuses ${JSON.stringify(option)}`, () => assert.throws(() => adaptiveBreaker(option), { code: 'BAD_POLICY' }))
  }
})
