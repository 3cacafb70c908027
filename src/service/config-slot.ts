/**
 * ConfigSlot: the place of a service's configuration among its components, from before it is loaded.
 *
 * Handlers and components are written before there are settings; they reach them through here when they run.
 */
import type { Config } from '../config/config.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'

export class ConfigSlot<T> implements Component {
  readonly name = 'config'
  #config: Config<T> | undefined

  /** @throws ServiceError `CONFIG_NOT_LOADED` before the start. */
  get config(): Config<T> {
    if (this.#config === undefined) {
      throw new ServiceError(
        'CONFIG_NOT_LOADED',
        'Settings are read when the service starts; read service.config in a handler, a component or a warm-up hook.',
      )
    }
    return this.#config
  }

  get isFilled(): boolean {
    return this.#config !== undefined
  }

  fill(config: Config<T>): void {
    this.#config = config
  }

  start(signal: AbortSignal): void | Promise<void> {
    return this.config.start?.(signal)
  }

  stop(signal: AbortSignal): void | Promise<void> {
    return this.#config?.stop?.(signal)
  }

  async health(signal: AbortSignal): Promise<ComponentHealth> {
    return (await this.#config?.health?.(signal)) ?? { status: 'UP' }
  }
}
