/** What a run finds out: every round as it was measured; tables, plots and the stored file are computed from it. */
import type { Machine } from './machine.ts'

export interface LoadRound {
  readonly target: string
  readonly scenario: string
  readonly connections: number
  /** Requests due in a second; 0 is the closed loop. */
  readonly rate: number
  readonly round: number
  readonly seconds: number
  readonly answered: number
  /** Due and not answered when the round ended (open loop), or lost. */
  readonly late: number
  /** CPU time of the server's process tree over the whole round, connecting included, per answer. */
  readonly cpuUs: number
  /** Bucket and count; see histogram.ts. */
  readonly latencies: readonly (readonly [number, number])[]
}

export interface MemoryResult {
  readonly target: string
  readonly idle: Memory
  /** Peaks while 100 and 1,000 connections are loaded, closed loop. */
  readonly peaks: readonly { readonly connections: number; readonly memory: Memory; readonly perSecond: number }[]
  /** A second after the last connection closed. */
  readonly after: Memory
}

export interface Memory {
  readonly rssKb: number
  readonly privateKb: number
}

export interface StartRound {
  readonly target: string
  readonly ms: number
  readonly cpuMs: number
  readonly rssKb: number
  readonly anonymousKb: number
}

export interface IdleResult {
  readonly target: string
  readonly asked: number
  readonly opened: number
  /** Closed by the server while they were held. */
  readonly closed: number
  /** Why fewer were opened than asked. Empty when none were missing. */
  readonly stopped: string
  readonly before: Memory
  readonly holding: Memory
  /** CPU time over the time that they were idle. */
  readonly cpuMs: number
  readonly seconds: number
}

/** One round of a service that is `workers` processes on one port. */
export interface WorkersRound {
  readonly target: string
  readonly workers: number
  readonly perSecond: number
  readonly cpuUs: number
}

export interface Failure {
  readonly target: string
  readonly during: string
  readonly reason: string
}

export interface Results {
  readonly title: string
  readonly date: string
  readonly revision: string
  readonly base?: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, unknown>>
  readonly targets: readonly { readonly name: string; readonly title: string }[]
  readonly scenarios: readonly { readonly name: string; readonly title: string }[]
  readonly load: LoadRound[]
  readonly memory: MemoryResult[]
  readonly start: StartRound[]
  readonly idle: IdleResult[]
  readonly workers: WorkersRound[]
  readonly failures: Failure[]
}
