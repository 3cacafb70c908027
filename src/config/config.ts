/**
 * Config: typed settings that follow their sources.
 *
 *   sources ─load─▶ entries ─merge─▶ tree ─validate─▶ snapshot (frozen, numbered) ─▶ subscribers
 *      ▲                                      └─invalid─▶ at the start: thrown, with every problem at once
 *      └────────────── watch ◀──────────────────          later: reported; the last good snapshot stays
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import { builtinModule } from '../platform/builtin-module.ts'
import type { OutputOf, Schema } from '../schema/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Counter, Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { type SecretNames, secretNames } from '../telemetry/secret-names.ts'
import { type ConfigProblem, configError } from './config-error.ts'
import type { ConfigSource } from './config-source.ts'
import { type ConfigDescription, describeSnapshot } from './describe.ts'
import type { SecretRules } from './secret.ts'
import { settingPath } from './setting-path.ts'
import { type Reading, SettingsReader } from './settings-reader.ts'
import { type ConfigSnapshot, deepFreeze } from './snapshot.ts'

export interface ConfigOptions {
  /** Weakest first: defaults, file, file of the environment, environment variables, overrides. */
  readonly sources: readonly ConfigSource[]
  /** Paths that are never shown, such as `database.url`, with all that is below them. */
  readonly secrets?: readonly string[]
  /** Which names are secret without being listed; default as in logs (`password`, `token` …). */
  readonly isSecretName?: SecretNames
  /** Told of changes, of rejected ones, and of settings that the schema does not know. */
  readonly logger?: Logger
  /** Counts `config_reloads_total` by outcome and shows the `config_snapshot_number`. */
  readonly meter?: Meter
  /** Longest time for one reading of all sources; default 10,000. */
  readonly readTimeoutMs?: number
  readonly clock?: Clock
}

const defaultReadTimeoutMs = 10_000

/** What came of reading the sources again. */
export type ReloadOutcome = 'accepted' | 'unchanged' | 'rejected'

/** As a component it watches its sources from start to stop. */
export interface Config<T> extends Component {
  /** The settings in effect. Read it anew each time; keep it only for work that must not see two versions. */
  readonly value: T
  readonly snapshot: ConfigSnapshot<T>
  /** Why the latest settings were not taken; undefined once good ones arrived. */
  readonly rejection: ServiceError | undefined
  /** Calls `listener` after each accepted change. Returns its own unsubscribe. */
  onChange(listener: ChangeListener<T>): () => void
  /** Reads all sources again. Never throws: what is wrong stands in `rejection`, and the settings stay as they were. */
  reload(): Promise<ReloadOutcome>
  describe(): ConfigDescription
}

export type ChangeListener<T> = (value: T, previous: T) => void

/**
 * Reads, merges and validates the settings.
 *
 * @throws ServiceError `INVALID_CONFIG` with every problem of every source and every setting in `details.problems`.
 */
export async function loadConfig<S extends Schema>(schema: S, options: ConfigOptions): Promise<Config<OutputOf<S>>> {
  const { clock = systemClock, readTimeoutMs = defaultReadTimeoutMs } = options
  const reader = new SettingsReader(schema, options.sources)
  const context = new Context({ timeoutMs: readTimeoutMs, clock })
  const reading = await reader.read(context.signal).finally(() => context.finish())
  const value = deepFreeze(await reader.validate(reading))
  return new LiveConfig(reader, { number: 1, value, acceptedAtMs: clock.now(), merged: reading.merged }, options)
}

class LiveConfig<S extends Schema> implements Config<OutputOf<S>> {
  readonly name = 'config'
  readonly #reader: SettingsReader<S>
  readonly #rules: SecretRules
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #readTimeoutMs: number
  readonly #reloads: Counter<'outcome'> | undefined
  readonly #listeners = new Set<ChangeListener<OutputOf<S>>>()
  readonly #endings: (() => void)[] = []
  #snapshot: ConfigSnapshot<OutputOf<S>>
  #rejection: ServiceError | undefined
  #readContext: Context | undefined
  #reloading: Promise<ReloadOutcome> | undefined
  /** Something changed while a reload was under way, which may have read the state before. */
  #isStale = false
  #isStopped = false

  constructor(reader: SettingsReader<S>, snapshot: ConfigSnapshot<OutputOf<S>>, options: ConfigOptions) {
    const { secrets = [], isSecretName = secretNames(), logger = noopLogger, meter } = options
    this.#reader = reader
    this.#snapshot = snapshot
    this.#rules = { isSecretName, secretPaths: secrets.map(settingPath) }
    this.#logger = logger
    this.#clock = options.clock ?? systemClock
    this.#readTimeoutMs = options.readTimeoutMs ?? defaultReadTimeoutMs
    this.#reloads = meter === undefined ? undefined : this.#instruments(meter)
    this.#warnOfUnknown()
  }

  get value(): OutputOf<S> {
    return this.#snapshot.value
  }

  get snapshot(): ConfigSnapshot<OutputOf<S>> {
    return this.#snapshot
  }

  get rejection(): ServiceError | undefined {
    return this.#rejection
  }

  onChange(listener: ChangeListener<OutputOf<S>>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  reload(): Promise<ReloadOutcome> {
    if (this.#reloading !== undefined) this.#isStale = true
    this.#reloading ??= this.#reloadUntilFresh().finally(() => {
      this.#reloading = undefined
    })
    return this.#reloading
  }

  start(): void {
    this.#isStopped = false
    const onSourceChange = (): void => void this.reload()
    for (const source of this.#reader.sources) {
      const end = source.watch?.(onSourceChange)
      if (end !== undefined) this.#endings.push(end)
    }
  }

  stop(): void {
    for (const end of this.#endings.splice(0)) end()
    this.#isStopped = true
    this.#readContext?.cancel()
  }

  health(): ComponentHealth {
    if (this.#rejection === undefined) return { status: 'UP' }
    return {
      status: 'DEGRADED',
      error: `the latest settings were rejected; snapshot ${this.#snapshot.number} stays in effect`,
    }
  }

  describe(): ConfigDescription {
    const description = describeSnapshot(this.#snapshot, this.#rules)
    const problems = this.#rejection?.details?.problems
    return problems === undefined ? description : { ...description, rejected: problems as readonly ConfigProblem[] }
  }

  async #reloadUntilFresh(): Promise<ReloadOutcome> {
    let outcome: ReloadOutcome
    do {
      this.#isStale = false
      outcome = await this.#reloadOnce()
    } while (this.#isStale)
    return outcome
  }

  async #reloadOnce(): Promise<ReloadOutcome> {
    const outcome = await this.#apply().catch((error: unknown) => this.#reject(error))
    this.#reloads?.labels({ outcome }).add()
    return outcome
  }

  async #apply(): Promise<ReloadOutcome> {
    const reading = await this.#read()
    const { merged } = reading
    const previous = this.#snapshot
    const value = await this.#reader.validate(reading)
    this.#rejection = undefined
    if (builtinModule('node:util').isDeepStrictEqual(merged.tree, previous.merged.tree)) return 'unchanged'
    this.#snapshot = { number: previous.number + 1, value: deepFreeze(value), acceptedAtMs: this.#clock.now(), merged }
    this.#logger.info('the configuration changed', { snapshot: this.#snapshot.number })
    this.#warnOfUnknown()
    this.#tellListeners(previous.value)
    return 'accepted'
  }

  async #read(): Promise<Reading> {
    const context = new Context({ timeoutMs: this.#readTimeoutMs, clock: this.#clock })
    this.#readContext = context
    try {
      return await this.#reader.read(context.signal)
    } finally {
      context.finish()
    }
  }

  #reject(error: unknown): ReloadOutcome {
    // The reading was cut off; that says nothing about the settings.
    if (this.#isStopped) return 'unchanged'
    this.#rejection = error instanceof ServiceError ? error : configError([unexpected(error)])
    this.#logger.error('the new configuration is invalid; the last good one stays in effect', {
      snapshot: this.#snapshot.number,
      problems: this.#rejection.details?.problems,
    })
    return 'rejected'
  }

  #tellListeners(previous: OutputOf<S>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(this.#snapshot.value, previous)
      } catch (error) {
        this.#logger.error('a listener of the configuration failed', { error })
      }
    }
  }

  #warnOfUnknown(): void {
    const { unknown } = this.#snapshot.merged
    if (unknown.length === 0) return
    this.#logger.warn('settings are unknown and have no effect', { settings: unknown.map(({ origin }) => origin) })
  }

  #instruments(meter: Meter): Counter<'outcome'> {
    meter.gauge({
      name: 'config_snapshot_number',
      help: 'Number of the configuration in effect.',
      aggregation: 'min',
      collect: (gauge) => gauge.set(this.#snapshot.number),
    })
    return meter.counter({
      name: 'config_reloads_total',
      help: 'Times the sources of the configuration were read again, by outcome.',
      labels: ['outcome'],
    })
  }
}

/** What a schema's own rule threw, which says nothing about a single setting. */
function unexpected(error: unknown): ConfigProblem {
  return { path: '', origin: '', rule: 'invalid', message: error instanceof Error ? error.message : String(error) }
}
