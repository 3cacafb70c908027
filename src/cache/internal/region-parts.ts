/** What a region has from its cache. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { CacheStore } from '../cache-store.ts'
import type { MemoryCacheStore } from '../stores/memory.ts'
import type { RegionMetrics } from './cache-metrics.ts'

export interface RegionParts {
  readonly cache: string
  readonly store: CacheStore
  /** Whether others write to the store, too: then what is found there is checked. */
  readonly isShared: boolean
  readonly near: MemoryCacheStore | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly metrics: RegionMetrics
  /** While a shared store is down, loads take turns; resolves with what ends the turn. */
  loadTurn(): Promise<() => void>
  tell(kind: 'delete' | 'refresh', keys: readonly string[]): Promise<void>
}
