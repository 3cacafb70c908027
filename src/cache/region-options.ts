/** What a region of a cache is told, and its defaults. */
import type { Context } from '../foundation/context/context.ts'
import type { Schema } from '../schema/schema.ts'
import { badCache } from './cache-errors.ts'

export interface RegionOptions<K, V> {
  /** How long a value is fresh, in milliseconds; default 60,000. */
  ttlMs?: number
  /** How long after that it is still given, while a new one is loaded in the background; and when that fails. Default 0. */
  staleMs?: number
  /** How long it is remembered that there is no such thing (`load` gave undefined). 0: not at all. Default 5,000, at most `ttlMs`. */
  negativeTtlMs?: number
  /** Part of each time that is taken off by chance, so that what was loaded together does not end together. Default 0.1. */
  jitterRatio?: number
  /** How long a process may keep it in memory in front of a shared store; default 1,000, at most `ttlMs`. */
  nearTtlMs?: number
  /** What a value must be. What is found otherwise, as after a change of the program, is loaded anew. */
  schema?: Schema<unknown, V>
  /** Part of the keys: another one makes a new program not see what the old one kept. Default 1. */
  version?: number
  /** The key as text; needed for keys that are neither text nor numbers. */
  keyOf?: (key: K) => string
  /** Where values come from. Undefined: there is no such thing. */
  load?: CacheLoader<K, V>
  /** Longest time for a load, and how long other processes wait for it; default 10,000. */
  loadTimeoutMs?: number
  /** Where `write` saves to. */
  save?: (key: K, value: V) => Promise<void>
  /** `write` keeps the change and saves it later, many at a time; without it, it saves first (write-through). */
  writeBehind?: WriteBehindSettings<K, V>
}

export interface WriteBehindSettings<K, V> {
  /** How long a change waits for others; default 100. */
  delayMs?: number
  /** Changes that wait at most; one more is refused with `CACHE_WRITES_FULL`. Default 10,000. */
  maxPending?: number
  /** Changes that are saved at a time; default 100. */
  maxBatch?: number
  /** Saves several at once; default: `save`, one after the other. */
  saveMany?: (entries: readonly (readonly [K, V])[]) => Promise<void>
}

export type CacheLoader<K, V> = (key: K, context: Context) => V | undefined | Promise<V | undefined>

/** What a transaction of a database, or the database itself for the present one, has. */
export interface CommitHooks {
  onCommit(hook: () => void | Promise<void>): void
}

/** @internal */
export interface RegionSettings {
  readonly ttlMs: number
  readonly staleMs: number
  readonly negativeTtlMs: number
  readonly jitterRatio: number
  readonly nearTtlMs: number
  readonly loadTimeoutMs: number
}

/** @internal Defaults put in. @throws ServiceError `BAD_CACHE` for what cannot be. */
export function settingsOf<K, V>(options: RegionOptions<K, V>): RegionSettings {
  const { ttlMs = 60_000, staleMs = 0, jitterRatio = 0.1, loadTimeoutMs = 10_000 } = options
  const { negativeTtlMs = Math.min(5_000, ttlMs), nearTtlMs = Math.min(1_000, ttlMs) } = options
  const times = { ttlMs, staleMs, negativeTtlMs, nearTtlMs, loadTimeoutMs }
  for (const [option, value] of Object.entries(times)) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw badCache(`${option} is a number of milliseconds from 0, not ${value}`)
  }
  if (!(ttlMs >= 1 && loadTimeoutMs >= 1)) throw badCache('ttlMs and loadTimeoutMs are 1 or more')
  if (!(jitterRatio >= 0 && jitterRatio <= 1)) throw badCache(`jitterRatio is a number from 0 to 1, not ${jitterRatio}`)
  return { ...times, jitterRatio }
}
