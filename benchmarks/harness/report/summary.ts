/** From rounds to figures: the best and the median of rounds, percentiles of all their latencies together. */
import { histogramFrom, mergeHistograms, percentileNs } from '../histogram.ts'
import type { LoadRound, Results } from '../results.ts'

export interface LoadSummary {
  readonly rounds: number
  /** CPU time per request: the round that was disturbed least, and the middle one. */
  readonly minUs: number
  readonly medianUs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** The part of requests (0 … 1) that were due and not answered in time to be counted. */
  readonly lateRatio: number
}

export interface LoadPlace {
  readonly target: string
  readonly scenario: string
  readonly connections: number
  readonly rate: number
}

/** Undefined when there is no such round. */
export function summarize(results: Pick<Results, 'load'>, place: LoadPlace): LoadSummary | undefined {
  const rounds = results.load.filter((round) => isAt(round, place))
  if (rounds.length === 0) return undefined
  const latencies = mergeHistograms(rounds.map((round) => histogramFrom(round.latencies)))
  const cpu = rounds.map((round) => round.cpuUs)
  return {
    rounds: rounds.length,
    minUs: Math.min(...cpu),
    medianUs: median(cpu),
    perSecond: median(rounds.map((round) => round.answered / round.seconds)),
    p50Ms: percentileNs(latencies, 0.5) / 1e6,
    p99Ms: percentileNs(latencies, 0.99) / 1e6,
    lateRatio: sum(rounds, (round) => round.late) / sum(rounds, (round) => round.late + round.answered),
  }
}

/** Of an even number, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + high) / 2 : high
}

/** The mean of ratios: twice as much and half as much is the same on average. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length)
}

/** How far the rounds of one place lie apart: 0.3 says that the worst took 30 % more CPU time than the best. */
export function spread(results: Pick<Results, 'load'>, place: LoadPlace): number {
  const cpu = results.load.filter((round) => isAt(round, place)).map((round) => round.cpuUs)
  return Math.max(...cpu) / Math.min(...cpu) - 1
}

function isAt(round: LoadRound, place: LoadPlace): boolean {
  return (
    round.target === place.target &&
    round.scenario === place.scenario &&
    round.connections === place.connections &&
    round.rate === place.rate
  )
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0)
}
