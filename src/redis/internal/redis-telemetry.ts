/** What a connection says about itself: a duration for each command, whether it is up, and spans. */

import { currentContext } from '../../foundation/context/context.ts'
import type { CounterSeries, GaugeSeries, Histogram, HistogramSeries, Meter } from '../../telemetry/meter.ts'
import { currentSpan, type Span } from '../../telemetry/tracer.ts'
import type { RedisAddress } from '../redis-address.ts'

export interface RedisTelemetryOptions {
  readonly name: string
  readonly address: RedisAddress
  readonly meter: Meter | undefined
}

type Outcome = 'ok' | 'refused' | 'unavailable' | 'timeout' | 'lost'

export class RedisTelemetry {
  readonly #name: string
  readonly #attributes: Readonly<Record<string, string | number>>
  readonly #durations: Histogram<'connection' | 'command' | 'outcome'> | undefined
  readonly #up: GaugeSeries | undefined
  readonly #reconnects: CounterSeries | undefined
  readonly #series = new Map<string, HistogramSeries>()

  constructor({ name, address, meter }: RedisTelemetryOptions) {
    this.#name = name
    const [node] = address.nodes
    this.#attributes = {
      'db.system.name': 'redis',
      'db.namespace': String(address.database),
      'server.address': node?.host ?? '',
      'server.port': node?.port ?? 0,
    }
    this.#durations = meter?.histogram({
      name: 'redis_command_duration_seconds',
      help: 'Time from a command to its answer, by connection, command and outcome.',
      labels: ['connection', 'command', 'outcome'],
    })
    this.#up = meter
      ?.gauge({
        name: 'redis_up',
        help: 'Whether the connection to Redis stands.',
        labels: ['connection'],
        aggregation: 'min',
      })
      .labels({ connection: name })
    this.#reconnects = meter
      ?.counter({
        name: 'redis_reconnects_total',
        help: 'How often a lost connection to Redis came back.',
        labels: ['connection'],
      })
      .labels({ connection: name })
    this.#up?.set(0)
  }

  up(isAgain: boolean): void {
    this.#up?.set(1)
    if (isAgain) this.#reconnects?.add()
  }

  down(): void {
    this.#up?.set(0)
  }

  /** Below the caller's span and by its tracer. A command that belongs to nothing would be a trace of its own: it has none. */
  startSpan(command: string): Span | undefined {
    const span = currentContext()?.get(currentSpan)
    if (span?.isRecording !== true) return undefined
    return span.child(command, { kind: 'client', attributes: { ...this.#attributes, 'db.operation.name': command } })
  }

  ended(command: string, tookMs: number, error: unknown, span: Span | undefined): void {
    if (this.#durations !== undefined) this.#seriesOf(command, outcomeOf(error)).observe(tookMs / 1_000)
    if (span === undefined) return
    if (error !== undefined) span.fail(error)
    span.end()
  }

  #seriesOf(command: string, outcome: Outcome): HistogramSeries {
    const key = outcome === 'ok' ? command : `${command} ${outcome}`
    const known = this.#series.get(key)
    if (known !== undefined) return known
    // Names of commands come from programs, not from callers; upper and lower case are one.
    const series = this.#durations?.labels({ connection: this.#name, command: command.toUpperCase(), outcome })
    this.#series.set(key, series as HistogramSeries)
    return series as HistogramSeries
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error === undefined) return 'ok'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'REDIS_REFUSED') return 'refused'
  if (code === 'REDIS_LOST') return 'lost'
  return code === 'REDIS_UNAVAILABLE' ? 'unavailable' : 'timeout'
}
