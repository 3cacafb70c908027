/** What a run does: all of it, or the quick part. */
export const measures = ['closed', 'open', 'memory', 'start', 'idle', 'workers'] as const
export type Measure = (typeof measures)[number]

export interface Settings {
  /** Names and patterns; undefined takes every target that can be prepared. */
  readonly targets?: readonly string[]
  readonly scenarios: readonly string[]
  readonly measures: readonly Measure[]
  /** At least four: a machine is disturbed more often than one thinks. */
  readonly rounds: number
  /** Of one round of one target. */
  readonly seconds: number
  readonly warmSeconds: number
  readonly connections: number
  /** A second closed loop, of scenarios (a) and (c) alone. Undefined leaves it out. */
  readonly manyConnections?: number
  /** Of the open loop. */
  readonly requestsPerSecond: number
  readonly startRounds: number
  readonly idleConnections: readonly number[]
  /** How long the largest number of connections is held; smaller ones are held for a third of it. */
  readonly idleSeconds: number
}

export const full: Settings = {
  scenarios: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  measures,
  rounds: 4,
  seconds: 0.7,
  warmSeconds: 0.5,
  connections: 100,
  manyConnections: 1_000,
  requestsPerSecond: 10_000,
  startRounds: 5,
  idleConnections: [10_000, 100_000],
  idleSeconds: 10,
}

export const quick: Settings = {
  ...full,
  targets: ['limit', 'gin', 'genever-bun', 'genever-bun-libc', 'genever-node', 'genever-node-libc'],
  scenarios: ['a', 'b', 'c', 'd', 'e', 'f'],
  seconds: 0.4,
  warmSeconds: 0.4,
  startRounds: 3,
  idleConnections: [10_000],
  idleSeconds: 3,
}
