/**
 * ServiceTelemetry: what a service exports of itself, from its start to its end.
 *
 *   createService ─▶ tracer (records nothing yet) ─▶ configure(environment) ─▶ open ─▶ exporters ─▶ close: flushed
 *
 * Nothing of it is loaded unless the options or the environment ask for an exporter. What is wrong with either is a line in
 * the log: telemetry does not keep a service from starting.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Environment } from '../../platform/environment.ts'
import { setDefaultTracer } from '../../telemetry/default-tracer.ts'
import { hasOtlpEndpoint } from '../../telemetry/exporters/otlp/otlp-endpoint.ts'
import type { RootLogger } from '../../telemetry/line-logger.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Mask } from '../../telemetry/masking/mask.ts'
import type { Meter } from '../../telemetry/meter.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import { noopTracer } from '../../telemetry/noop-tracer.ts'
import type { Tracer } from '../../telemetry/tracer.ts'
import { LateTracer } from './late-tracer.ts'
import type { TelemetryOptions } from './telemetry-options.ts'

export interface ServiceTelemetryOptions {
  readonly name: string
  readonly version: string
  readonly options: TelemetryOptions
  /** The service's own, in place of one that is made here. */
  readonly tracer: Tracer | undefined
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
  /** Reads the service's metrics; without it they are not exported. */
  readonly readMetrics?: () => MetricsSnapshot
}

/** What reads the log, and what it must not pass on. */
export interface LogTap {
  readonly onRecord: RootLogger['onRecord']
  readonly hiding: { readonly withStacks: boolean; readonly mask?: Mask }
}

/** What has been opened and must be flushed. */
export interface OpenExporter {
  close(timeoutMs: number): Promise<void>
}

export class ServiceTelemetry {
  readonly tracer: LateTracer
  readonly #given: ServiceTelemetryOptions
  #env: Environment = {}
  #logTap: LogTap | undefined
  #exporters: readonly OpenExporter[] = []
  #endDefault: (() => void) | undefined

  constructor(given: ServiceTelemetryOptions) {
    this.#given = given
    this.tracer = new LateTracer(given.tracer ?? noopTracer)
  }

  /** The variables that are looked up when it opens; without this call, none. */
  configure(env: Environment, logTap?: LogTap): void {
    this.#env = env
    this.#logTap = logTap
  }

  /** @throws ServiceError what the bridge to OpenTelemetry's API throws, where one is asked for. */
  async open(): Promise<void> {
    this.#endDefault = setDefaultTracer(this.tracer)
    if (!this.#isWanted) return
    const { openTelemetry } = await import('./open-telemetry.ts')
    try {
      this.#exporters = await openTelemetry({
        ...this.#given,
        env: this.#env,
        late: this.tracer,
        ...(this.#logTap !== undefined && { logTap: this.#logTap }),
      })
    } catch (error) {
      this.#endDefault()
      throw error
    }
  }

  /** Hands over what has been recorded, for at most `timeoutMs`. It never rejects. */
  async close(timeoutMs: number): Promise<void> {
    await Promise.all(this.#exporters.map((exporter) => exporter.close(timeoutMs)))
    this.#exporters = []
    this.#endDefault?.()
  }

  /** Whether anything is asked for that differs from a tracer which records nothing and W3C's headers. */
  get #isWanted(): boolean {
    const { options } = this.#given
    const env = this.#env
    const asked = ['OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER', 'OTEL_METRICS_EXPORTER', 'OTEL_PROPAGATORS']
    return (
      options.traces !== undefined ||
      options.otlp !== undefined ||
      options.propagators !== undefined ||
      options.openTelemetryApi === true ||
      (options.logs !== undefined && options.logs !== false) ||
      (options.metrics !== undefined && options.metrics !== false) ||
      asked.some((name) => env[name] !== undefined && env[name] !== '') ||
      (['traces', 'logs', 'metrics'] as const).some((signal) => hasOtlpEndpoint(signal, env))
    )
  }
}
