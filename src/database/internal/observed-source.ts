/** ObservedSource: connections, and what metrics say of them: how many are used, how long callers wait, who waits in vain. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Context } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { CounterSeries, HistogramSeries, Meter } from '../../telemetry/meter.ts'
import type { Connection } from '../connection.ts'
import type { ConnectionSource, ConnectionStats, ConnectionUse } from '../connection-source.ts'

export interface ObservedSourceParts {
  readonly source: ConnectionSource
  readonly name: string
  readonly meter: Meter
  readonly clock: Clock
}

export class ObservedSource implements ConnectionSource {
  readonly #source: ConnectionSource
  readonly #clock: Clock
  readonly #waits: HistogramSeries
  readonly #timeouts: CounterSeries

  constructor({ source, name, meter, clock }: ObservedSourceParts) {
    this.#source = source
    this.#clock = clock
    this.#waits = meter
      .histogram({
        name: 'db_client_connection_wait_time_seconds',
        help: 'Time until a connection of the pool was had, or was not.',
        labels: ['pool'],
      })
      .labels({ pool: name })
    this.#timeouts = meter
      .counter({
        name: 'db_client_connection_timeouts_total',
        help: 'Callers that waited for a connection of the pool in vain.',
        labels: ['pool'],
      })
      .labels({ pool: name })
    this.#showStats(meter, name)
  }

  async acquire(use: ConnectionUse, context?: Context): Promise<Connection> {
    const startedMs = this.#clock.monotonic()
    try {
      return await this.#source.acquire(use, context)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'DATABASE_POOL_TIMEOUT') this.#timeouts.add()
      throw error
    } finally {
      this.#waits.observe((this.#clock.monotonic() - startedMs) / 1_000)
    }
  }

  release(connection: Connection): void {
    this.#source.release(connection)
  }

  close(signal?: AbortSignal): Promise<void> {
    return this.#source.close(signal)
  }

  stats(): ConnectionStats {
    return this.#source.stats()
  }

  #showStats(meter: Meter, pool: string): void {
    meter.gauge({
      name: 'db_client_connections',
      help: 'Connections of the pool, by state: used and idle.',
      labels: ['pool', 'state'],
      collect: (gauge) => {
        const { used, idle } = this.stats()
        gauge.labels({ pool, state: 'used' }).set(used)
        gauge.labels({ pool, state: 'idle' }).set(idle)
      },
    })
    meter.gauge({
      name: 'db_client_connection_max',
      help: 'Connections that the pool may have.',
      labels: ['pool'],
      collect: (gauge) => gauge.labels({ pool }).set(this.stats().max),
    })
    meter.gauge({
      name: 'db_client_connection_pending_requests',
      help: 'Callers in line for a connection of the pool.',
      labels: ['pool'],
      collect: (gauge) => gauge.labels({ pool }).set(this.stats().waiting),
    })
  }
}
