/**
 * Singleton: a component that runs in one process of a set only, such as a relay or a clock that starts jobs.
 *
 *   alone             leads from the beginning: the component starts with the others
 *   one of a set      starts without it ──«lead»──▶ starts it then
 *
 * Leadership is never given back: it ends with the process, and only then another process gets it.
 */
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'

export class Leadership {
  readonly #onLead: (() => Promise<void>)[] = []
  #isLeader = false

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Starts what waited for it, in order. Rejects with what the first of them threw. */
  async lead(): Promise<void> {
    if (this.#isLeader) return
    this.#isLeader = true
    for (const start of this.#onLead) await start()
  }

  /** `start` is called when this process comes to lead. */
  await(start: () => Promise<void>): void {
    this.#onLead.push(start)
  }
}

export class SingletonComponent implements Component {
  readonly name: string
  readonly #inner: Component
  readonly #leadership: Leadership
  /** Stops a start that is under way when the process has to end. */
  readonly #giveUp = new AbortController()
  #starting: Promise<void> | undefined

  constructor(inner: Component, leadership: Leadership) {
    this.name = inner.name
    this.#inner = inner
    this.#leadership = leadership
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#leadership.isLeader) return this.#start(signal)
    this.#leadership.await(() => this.#start(this.#giveUp.signal))
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (await this.#hasStarted()) await this.#inner.drain?.(signal)
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (await this.#hasStarted()) await this.#inner.stop?.(signal)
  }

  async health(signal: AbortSignal): Promise<ComponentHealth> {
    if (this.#starting === undefined) return { status: 'UP' }
    return (await this.#inner.health?.(signal)) ?? { status: 'UP' }
  }

  async #start(signal: AbortSignal): Promise<void> {
    if (this.#giveUp.signal.aborted) return
    this.#starting = Promise.resolve(this.#inner.start?.(signal))
    await this.#starting
  }

  async #hasStarted(): Promise<boolean> {
    this.#giveUp.abort(new Error('the process ends'))
    try {
      await this.#starting
    } catch {
      return false
    }
    return this.#starting !== undefined
  }
}
