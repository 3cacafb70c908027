/**
 * CronTimes: the moments that a cron expression names, in a time zone.
 *
 *   the clock is set forward, 02:30 is skipped   '30 2 * * *'   runs once, when the gap is over (03:00)
 *   the clock is set back, 02:30 comes twice     '30 2 * * *'   runs once, the first time
 *                                                '0/30 * * * *' runs every half hour of real time, both days
 *
 * The arithmetic is croner's.
 */
import { Cron } from 'croner'
import { badSchedule } from './schedule-errors.ts'

/** Ticks that are looked back at, at most: more of them were missed than anybody would run. */
const mostTicks = 1_000

export class CronTimes {
  readonly #cron: Cron

  /** @throws ServiceError `BAD_SCHEDULE` for an expression or a time zone that is none, or one that never comes. */
  constructor(expression: string, timeZone: string) {
    try {
      this.#cron = new Cron(expression, { timezone: timeZone, paused: true })
      if (this.#cron.nextRun(new Date(0)) !== null) return
    } catch (cause) {
      throw badSchedule(`${cause instanceof Error ? cause.message : 'the expression is not understood'}`, cause)
    }
    throw badSchedule(`the expression of ${expression.length} characters names a time that never comes`)
  }

  /** The first moment after `afterMs`; undefined if there is none. */
  next(afterMs: number): number | undefined {
    return this.#cron.nextRun(new Date(afterMs))?.getTime()
  }

  /** Moments after `afterMs` and up to `nowMs`, ascending: the last thousand of them, where there are more. */
  between(afterMs: number, nowMs: number): number[] {
    const ticks: number[] = []
    for (let at = this.next(afterMs); at !== undefined && at <= nowMs; at = this.next(at)) {
      if (ticks.length === mostTicks) return this.#before(nowMs)
      ticks.push(at)
    }
    return ticks
  }

  #before(nowMs: number): number[] {
    // Moments are whole seconds, and what is asked for lies before the one that is given.
    const end = new Date(Math.floor(nowMs / 1_000) * 1_000 + 1_000)
    return this.#cron
      .previousRuns(mostTicks, end)
      .map((moment) => moment.getTime())
      .reverse()
  }
}
