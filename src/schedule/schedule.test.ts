import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { policy } from '../resilience/policy.ts'
import { retry } from '../resilience/retry.ts'
import { Registry } from '../telemetry/registry.ts'
import { CronTimes } from './cron-times.ts'
import { jitterOf } from './jitter.ts'
import type { JobOptions, ScheduledRun } from './job-options.ts'
import { planRuns } from './plan-runs.ts'
import { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'
import { memoryScheduleStore } from './stores/memory.ts'

const minute = 60_000
const midnight = Date.UTC(2030, 0, 1)

describe('CronTimes', () => {
  const cases = [
    {
      cron: '30 2 * * *',
      from: '2026-03-27T12:00Z',
      ticks: ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
      why: '02:30 does not exist on 29 March: it runs when the gap is over, at 03:00',
    },
    {
      cron: '30 2 * * *',
      from: '2026-10-23T12:00Z',
      ticks: ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
      why: '02:30 comes twice on 25 October: the first one counts',
    },
    {
      cron: '*/30 * * * *',
      from: '2026-03-29T00:00Z',
      ticks: ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
      why: 'what has no fixed time goes on through the gap',
    },
    {
      cron: '0 * * * *',
      from: '2026-10-24T23:30Z',
      ticks: ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
      why: 'every hour is an hour in the overlap, too',
    },
  ]
  for (const { cron, from, ticks, why } of cases) {
    it(`${cron} in Berlin: ${why}`, () => {
      const times = new CronTimes(cron, 'Europe/Berlin')
      const found: string[] = []
      let at = Date.parse(from)
      for (const _ of ticks) {
        at = times.next(at) ?? 0
        found.push(new Date(at).toISOString().slice(0, 16))
      }
      assert.deepEqual(found, ticks)
      assert.deepEqual(
        times.between(Date.parse(from), at).map((tick) => new Date(tick).toISOString().slice(0, 16)),
        ticks,
      )
    })
  }

  it('finds the last thousand of very many', () => {
    const times = new CronTimes('* * * * * *', 'UTC')
    const ticks = times.between(midnight, midnight + 86_400_000)
    assert.equal(ticks.length, 1_000)
    assert.equal(ticks.at(-1), midnight + 86_400_000)
    assert.equal(ticks[0], midnight + 86_400_000 - 999_000)
  })

  const wrong = [
    { cron: 'soon', zone: 'UTC', why: 'no expression' },
    { cron: '61 * * * *', zone: 'UTC', why: 'no such minute' },
    { cron: '0 0 31 2 *', zone: 'UTC', why: 'a day that never comes' },
    { cron: '* * * * *', zone: 'Mars/Olympus', why: 'no time zone of this planet' },
  ]
  for (const { cron, zone, why } of wrong) {
    it(`refuses ${cron} in ${zone}: ${why}`, () => {
      assert.throws(() => new CronTimes(cron, zone), { code: 'BAD_SCHEDULE' })
    })
  }
})

describe('planRuns', () => {
  const base = { open: [], due: [], nowMs: 100, graceMs: 10, missed: 'once', restarts: 2 } as const
  const cases = [
    { given: { due: [95] }, run: [95], passed: [], why: 'on time' },
    { given: { due: [80, 95] }, run: [95], passed: [80], why: 'of several the last one' },
    { given: { due: [80] }, run: [80], passed: [], why: 'a missed one is made up for' },
    { given: { due: [80], missed: 'skip' as const }, run: [], passed: [80], why: 'unless it is not to be' },
    { given: { due: [80, 95], missed: 'skip' as const }, run: [95], passed: [80], why: 'the last one is on time' },
    { given: { due: [80], missed: 'skip' as const, isQueued: true }, run: [80], passed: [], why: 'it waited in line' },
    { given: { due: [1, 2, 3], missed: { atMost: 2 } }, run: [2, 3], passed: [1], why: 'bounded' },
    { given: { due: [2], missed: { atMost: 5 } }, run: [2], passed: [], why: 'no more than there are' },
    { given: {}, run: [], passed: [], why: 'nothing is due' },
  ]
  for (const { given, run, passed, why } of cases) {
    it(`runs ${JSON.stringify(run)} of ${JSON.stringify(given)}: ${why}`, () => {
      const plan = planRuns({ ...base, ...given })
      assert.deepEqual({ run: plan.run, passed: plan.passed }, { run, passed })
    })
  }

  it('begins a run anew whose process died, until that has happened too often', () => {
    const open = [1, 2, 3].map((attempt) => ({ tickMs: attempt, token: 1, attempt }))
    const plan = planRuns({ ...base, open })
    assert.deepEqual([plan.again.map(({ attempt }) => attempt), plan.lost.map(({ attempt }) => attempt)], [[1, 2], [3]])
    assert.equal(planRuns({ ...base, open, restarts: 0 }).again.length, 0)
  })
})

describe('jitterOf', () => {
  it('is the same in every process, another for each tick, and spread over all of the time', () => {
    const job = { name: 'digest', jitterMs: 1_000 }
    const spread = Array.from({ length: 1_000 }, (_, at) => jitterOf(job, midnight + at * minute))
    assert.deepEqual(
      spread,
      Array.from({ length: 1_000 }, (_, at) => jitterOf(job, midnight + at * minute)),
    )
    const quarters = [0, 1, 2, 3].map((at) => spread.filter((ms) => Math.floor(ms / 250) === at).length)
    for (const count of quarters) assert.ok(count > 180, `quarters are uneven: ${quarters}`)
    assert.equal(jitterOf({ ...job, jitterMs: 0 }, midnight), 0)
  })
})

interface Stage {
  readonly clock: ManualClock
  readonly meter: Registry
  readonly ran: string[]
  make(options?: Partial<ScheduleOptions>): Schedule
}

function stage(): Stage {
  const clock = new ManualClock(midnight)
  const meter = new Registry({ clock })
  const store = memoryScheduleStore({ clock })
  return { clock, meter, ran: [], make: (options = {}) => createSchedule({ store, clock, meter, ...options }) }
}

function note(ran: string[], label = ''): (run: ScheduledRun) => void {
  return ({ tick, attempt, isMissed }) => {
    const facts = `${attempt > 1 ? ` attempt ${attempt}` : ''}${isMissed ? ' missed' : ''}`
    ran.push(`${label}${tick.toISOString().slice(11, 16)}${facts}`)
  }
}

const every10: [string, Pick<JobOptions, 'name'>] = ['*/10 * * * *', { name: 'digest' }]

describe('a schedule', () => {
  it('runs a job at its times, and says when it runs next', async () => {
    const { clock, ran, make, meter } = stage()
    const schedule = make().add(every10[0], note(ran), every10[1])
    await schedule.start()
    await clock.advance(25 * minute)
    assert.deepEqual(ran, ['00:10', '00:20'])
    const [job] = (await schedule.view()).jobs
    assert.equal(job?.next, '2030-01-01T00:30:00.000Z')
    assert.deepEqual(job?.passed, { missed: 0, overlap: 0 })
    assert.deepEqual(
      job?.runs.map(({ tick, state }) => [tick, state]),
      [
        ['2030-01-01T00:20:00.000Z', 'ok'],
        ['2030-01-01T00:10:00.000Z', 'ok'],
      ],
    )
    const series = JSON.stringify(meter.snapshot())
    for (const name of ['schedule_run_duration_seconds', 'schedule_next_run_timestamp_seconds']) {
      assert.ok(series.includes(name), name)
    }
    await schedule.stop()
    assert.equal(clock.pendingTimers, 0)
  })

  it('runs each tick in one of the processes that share a store', async () => {
    const { clock, ran, make } = stage()
    const both = ['a', 'b'].map((label) => make().add(every10[0], note(ran, label), every10[1]))
    for (const schedule of both) await schedule.start()
    await clock.advance(60 * minute)
    assert.deepEqual(
      ran.map((line) => line.slice(1)),
      ['00:10', '00:20', '00:30', '00:40', '00:50', '01:00'],
    )
    for (const schedule of both) await schedule.stop()
  })

  const missed: { policy: JobOptions['missed']; expected: string[]; why: string }[] = [
    { policy: 'once', expected: ['00:50 missed', '01:00'], why: 'the last one' },
    { policy: 'skip', expected: ['01:00'], why: 'none' },
    {
      policy: { atMost: 3 },
      expected: ['00:30 missed', '00:40 missed', '00:50 missed', '01:00'],
      why: 'the last three',
    },
  ]
  for (const { policy: missing, expected, why } of missed) {
    it(`makes up for what was missed while no process ran, as told: ${why}`, async () => {
      const { clock, ran, make } = stage()
      const first = make().add(every10[0], () => undefined, every10[1])
      await first.start()
      await first.stop()
      await clock.advance(55 * minute)
      const second = make().add(every10[0], note(ran), { ...every10[1], missed: missing ?? 'once' })
      await second.start()
      await clock.advance(5 * minute)
      assert.deepEqual(ran, expected)
      await second.stop()
    })
  }

  const overlaps: { overlap: JobOptions['overlap']; expected: string[]; why: string }[] = [
    { overlap: 'skip', expected: ['00:10', '00:40'], why: 'ticks that come meanwhile are passed' },
    { overlap: 'queue', expected: ['00:10', '00:30 missed'], why: 'one waits for the end' },
    { overlap: 'allow', expected: ['00:10', '00:20', '00:30', '00:40', '00:50'], why: 'runs stand side by side' },
  ]
  for (const { overlap, expected, why } of overlaps) {
    it(`keeps the overlap policy ${overlap}: ${why}`, async () => {
      const { clock, ran, make } = stage()
      const slow = async (run: ScheduledRun): Promise<void> => {
        note(ran)(run)
        await clock.sleep(25 * minute)
      }
      const options = { ...every10[1], missed: 'skip', ...(overlap !== undefined && { overlap }) } as const
      const schedule = make().add(every10[0], slow, options)
      await schedule.start()
      await clock.advance(59 * minute)
      assert.deepEqual(ran.slice(0, expected.length), expected)
      await clock.advance(30 * minute)
      await schedule.drain(AbortSignal.abort())
      await schedule.stop()
    })
  }

  it('ends a run that takes too long, and says so', async () => {
    const { clock, make } = stage()
    let signal: AbortSignal | undefined
    const schedule = make().add(
      every10[0],
      (run) => {
        signal = run.signal
        return new Promise(() => undefined)
      },
      { ...every10[1], timeoutMs: 5_000 },
    )
    await schedule.start()
    await clock.advance(11 * minute)
    const [job] = (await schedule.view()).jobs
    assert.deepEqual(
      job?.runs.map(({ state, errorCode }) => [state, errorCode]),
      [['timeout', 'DEADLINE_EXCEEDED']],
    )
    assert.equal(signal?.aborted, true)
    assert.equal(schedule.health().status, 'DEGRADED')
    await schedule.stop()
  })

  it('repeats what fails, as its policy says, and is well again after a run that succeeds', async () => {
    const { clock, make } = stage()
    let calls = 0
    const schedule = make().add(
      every10[0],
      () => {
        calls++
        if (calls < 5) throw new ServiceError('MAIL_AWAY', 'The mail server is away.', { status: 503 })
      },
      { ...every10[1], policy: policy(retry({ attempts: 3 })) },
    )
    await schedule.start()
    await clock.advance(15 * minute)
    assert.equal(calls, 3)
    assert.deepEqual(
      (await schedule.view()).jobs[0]?.runs.map(({ state, errorCode }) => [state, errorCode]),
      [['failed', 'MAIL_AWAY']],
    )
    assert.equal(schedule.health().status, 'DEGRADED')
    await clock.advance(10 * minute)
    assert.equal(calls, 5)
    assert.equal(schedule.health().status, 'UP')
    await schedule.stop()
  })

  it('waits for a run when it drains, and takes no new tick', async () => {
    const { clock, ran, make } = stage()
    const schedule = make().add(
      every10[0],
      async (run) => {
        await clock.sleep(minute)
        note(ran)(run)
      },
      every10[1],
    )
    await schedule.start()
    await clock.advance(10 * minute)
    const drained = schedule.drain(new AbortController().signal)
    await clock.advance(30 * minute)
    await drained
    assert.deepEqual(ran, ['00:10'])
    await schedule.stop()
    assert.equal(clock.pendingTimers, 0)
  })

  it('leaves a run that the end of the service cuts short to another process', async () => {
    const { clock, ran, make } = stage()
    const hanging = make().add(every10[0], () => new Promise(() => undefined), every10[1])
    const other = make().add(every10[0], note(ran), every10[1])
    await hanging.start()
    await other.start()
    await clock.advance(10 * minute + 1_000)
    await hanging.drain(AbortSignal.abort())
    await clock.advance(minute)
    assert.deepEqual(ran, ['00:10 attempt 2'])
    await hanging.stop()
    await other.stop()
  })

  it('gives a job a context of its own, a stable id, and the token of its lease', async () => {
    const { clock, make } = stage()
    const seen: unknown[] = []
    const schedule = make().add(
      every10[0],
      ({ id, token }) => {
        seen.push(id, token > 0, currentContext() !== undefined)
      },
      { ...every10[1], jitterMs: 1_000 },
    )
    await schedule.start()
    await clock.advance(11 * minute)
    assert.deepEqual(seen, ['digest@2030-01-01T00:10:00.000Z', true, true])
    await schedule.stop()
  })

  it('goes on when its store was away', async () => {
    const { clock, ran, make } = stage()
    const store = memoryScheduleStore({ clock })
    let isAway = false
    const broken = new Proxy(store, {
      get: (target, name) => {
        if (isAway && name === 'standing') return () => Promise.reject(new Error('away'))
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const schedule = make({ store: broken }).add(every10[0], note(ran), every10[1])
    await schedule.start()
    await clock.advance(minute)
    isAway = true
    await clock.advance(12 * minute)
    assert.deepEqual(ran, [])
    assert.equal(schedule.health().status, 'DEGRADED')
    isAway = false
    await clock.advance(minute)
    assert.deepEqual(ran, ['00:10 missed'])
    assert.equal(schedule.health().status, 'UP')
    await schedule.stop()
  })

  it('notices a wall clock that was set forward', async () => {
    const { clock, ran, make } = stage()
    const schedule = make().add(every10[0], note(ran), every10[1])
    await schedule.start()
    clock.jump(9.9 * minute)
    await clock.advance(minute)
    assert.deepEqual(ran, ['00:10'])
    await schedule.stop()
  })

  const wrong: { options: JobOptions; why: string }[] = [
    { options: { name: 'Digest' }, why: 'a name with a capital' },
    { options: { name: 'a', missed: { atMost: 0 } }, why: 'none at most' },
    { options: { name: 'a', timeoutMs: 0 }, why: 'no time at all' },
    { options: { name: 'digest' }, why: 'a name that is taken' },
  ]
  for (const { options, why } of wrong) {
    it(`refuses ${why}`, () => {
      const schedule = stage()
        .make()
        .add(every10[0], () => undefined, every10[1])
      assert.throws(() => schedule.add('* * * * *', () => undefined, options), { code: 'BAD_SCHEDULE' })
    })
  }
})
