/** What every schedule store must do. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { RunStart, ScheduleStore } from './schedule-store.ts'

export interface StoreUnderTest {
  readonly name: string
  /** Stores that keep 5 runs of each job. */
  open(): Promise<{
    readonly store: ScheduleStore
    /** As another process sees it; the same where there is only one. */
    readonly other: ScheduleStore
    /** Lets the store's own time pass, at least so much. */
    pass(ms: number): Promise<void>
    close(): Promise<void> | void
  }>
}

/** Long enough that a busy machine does not use it up between two calls. */
const leaseMs = 1_500

export function describeScheduleStore({ name, open }: StoreUnderTest): void {
  describe(`${name}: a schedule store`, () => {
    let under: Awaited<ReturnType<StoreUnderTest['open']>>
    let store: ScheduleStore
    let other: ScheduleStore
    before(async () => {
      under = await open()
      ;({ store, other } = under)
      // At once, as processes that start together do.
      await Promise.all([store.open(), other.open()])
    })
    after(() => under.close())

    let jobs = 0
    const newJob = async (nowMs = 1_000): Promise<string> => {
      const job = `job-${process.pid}-${++jobs}`
      await store.standing(job, nowMs)
      return job
    }
    const granted = async (job: string, owner: string, on = store, forMs = leaseMs): Promise<number> => {
      const answer = await on.acquire({ key: job, owner, leaseMs: forMs })
      assert.equal(answer.kind, 'granted', `${owner} does not get the lease`)
      return answer.kind === 'granted' ? answer.token : 0
    }
    const start = (job: string, token: number, tickMs: number, attempt = 1): RunStart => ({
      ...{ job, token, tickMs, attempt, startedMs: tickMs + 5, runner: 'a' },
    })

    it('begins a job that is new where it is told to, once', async () => {
      const job = await newJob(1_000)
      assert.deepEqual(await other.standing(job, 9_000), { throughMs: 1_000, open: [] })
    })

    it('leases a job to one, renews it, and gives larger tokens to those behind', async () => {
      const job = await newJob()
      const token = await granted(job, 'a')
      const refused = await other.acquire({ key: job, owner: 'b', leaseMs })
      assert.ok(refused.kind === 'held' && refused.heldForMs > 0 && refused.heldForMs <= leaseMs)
      assert.equal(await granted(job, 'a'), token, 'whoever did not hear the answer asks again')
      assert.equal(await store.renew({ key: job, owner: 'a', token, leaseMs }), true)
      assert.equal(await store.renew({ key: job, owner: 'b', token, leaseMs }), false)
      assert.equal(await store.release({ key: job, owner: 'a', token }), true)
      assert.equal(await store.release({ key: job, owner: 'a', token }), false)
      assert.ok((await granted(job, 'b', other)) > token)
    })

    it('gives the lease of one who is silent to another, and takes nothing from the first any more', async () => {
      const job = await newJob()
      const first = await granted(job, 'a')
      assert.equal(await store.begin(start(job, first, 2_000)), true)
      await under.pass(leaseMs + 50)
      const second = await granted(job, 'b', other)
      assert.ok(second > first)
      assert.equal(await store.renew({ key: job, owner: 'a', token: first, leaseMs }), false)
      assert.equal(await store.begin(start(job, first, 3_000)), false, 'begins no run')
      assert.equal(await store.pass({ job, token: first, throughMs: 9_000 }), false, 'passes no ticks')
      assert.equal(await other.begin(start(job, second, 2_000, 2)), true, 'the run is begun anew')
      assert.equal(
        await store.end({ job, tickMs: 2_000, token: first, outcome: 'ok', endedMs: 2_100 }),
        false,
        'ends none that was taken over',
      )
      assert.deepEqual(await store.standing(job, 0), {
        throughMs: 2_000,
        open: [{ tickMs: 2_000, token: second, attempt: 2 }],
      })
    })

    it('lets one of many who ask at once have a tick', async () => {
      const job = await newJob()
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          (at % 2 === 0 ? store : other).acquire({ key: job, owner: `${at}`, leaseMs: 10_000 }),
        ),
      )
      const tokens = answers.flatMap((answer) => (answer.kind === 'granted' ? [answer.token] : []))
      assert.equal(tokens.length, 1)
      const begun = await Promise.all([0, 1, 2].map(() => store.begin(start(job, tokens[0] ?? 0, 2_000))))
      assert.deepEqual(begun.filter(Boolean).length, 1)
    })

    it('remembers how runs ended, the newest first, and how far the ticks are decided', async () => {
      const job = await newJob()
      const token = await granted(job, 'a', store, 10_000)
      await store.begin(start(job, token, 2_000))
      assert.equal(await store.end({ job, tickMs: 2_000, token, outcome: 'ok', endedMs: 2_040 }), true)
      await store.begin(start(job, token, 3_000))
      await store.end({ job, tickMs: 3_000, token, outcome: 'failed', endedMs: 3_040, errorCode: 'NO_MAIL' })
      assert.equal(await store.pass({ job, token, throughMs: 5_000 }), true)
      assert.equal(await store.pass({ job, token, throughMs: 5_000 }), true, 'twice does nothing more')
      await store.pass({ job, token, throughMs: 4_000 })
      assert.deepEqual(await other.standing(job, 0), { throughMs: 5_000, open: [] })
      const first = { attempt: 1, runner: 'a' }
      assert.deepEqual(await other.history(job, 10), [
        { tickMs: 3_000, ...first, startedMs: 3_005, state: 'failed', endedMs: 3_040, errorCode: 'NO_MAIL' },
        { tickMs: 2_000, ...first, startedMs: 2_005, state: 'ok', endedMs: 2_040 },
      ])
      assert.equal((await store.history(job, 1)).length, 1)
    })

    it('forgets old runs', async () => {
      const job = await newJob()
      const token = await granted(job, 'a', store, 60_000)
      for (let at = 1; at <= 8; at++) {
        await store.begin(start(job, token, at * 1_000))
        await store.end({ job, tickMs: at * 1_000, token, outcome: 'ok', endedMs: at * 1_000 })
      }
      const ticks = (await store.history(job, 1_000)).map(({ tickMs }) => tickMs)
      assert.deepEqual(ticks, [8_000, 7_000, 6_000, 5_000, 4_000])
    })

    it('ends a run in one transaction with its effect, where it is a database', async () => {
      if (store.once === undefined) return
      const job = await newJob()
      const first = await granted(job, 'a')
      const claim = { job, tickMs: 2_000, token: first }
      await store.begin(start(job, first, 2_000))
      let effects = 0
      const effect = async (): Promise<void> => void effects++
      await assert.rejects(
        store.once(claim, () => Promise.reject(new Error('no'))),
        { message: 'no' },
      )
      assert.equal((await store.standing(job, 0)).open.length, 1, 'what failed is not ended')
      assert.equal(await store.once(claim, effect), true)
      assert.equal(await store.once(claim, effect), false, 'a second time in the same run')
      assert.equal((await store.standing(job, 0)).open.length, 0)
      await under.pass(leaseMs + 50)
      const second = await granted(job, 'b', other)
      assert.equal(await other.begin(start(job, second, 2_000, 2)), false, 'nobody begins it anew')
      assert.equal(effects, 1)
    })

    it('refuses the effect of a run that was taken over', async () => {
      if (store.once === undefined) return
      const job = await newJob()
      const first = await granted(job, 'a')
      await store.begin(start(job, first, 2_000))
      await under.pass(leaseMs + 50)
      await other.begin(start(job, await granted(job, 'b', other), 2_000, 2))
      let effects = 0
      const writing = store.once({ job, tickMs: 2_000, token: first }, async () => void effects++)
      await assert.rejects(writing, (error) => error instanceof ServiceError && error.code === 'RUN_TAKEN_OVER')
      assert.equal(effects, 0)
    })
  })
}
