/**
 * SettingsView: every setting in effect and where it comes from, fit to be shown: the service's own, and below `service.`
 * those that every service has.
 */
import type { ConfigDescription, SettingDescription } from '../config/describe.ts'
import { printable, secretText } from '../config/secret.ts'
import { secretNames } from '../telemetry/secret-names.ts'
import type { ConfigSlot } from './config-slot.ts'
import type { ServiceSettings } from './service-settings.ts'

const isSecretName = secretNames()

export class SettingsView {
  #settings: ServiceSettings | undefined
  #own: ConfigDescription | undefined

  /** @param own Where the settings that were set come from; what is not in it has its default. */
  note(settings: ServiceSettings, own?: ConfigDescription): void {
    this.#settings = settings
    this.#own = own
  }

  describe(slot: ConfigSlot<unknown>): ConfigDescription {
    const config = slot.isFilled ? slot.config.describe() : undefined
    const settings = [...(config?.settings ?? []), ...this.#ownSettings()]
    return {
      snapshot: config?.snapshot ?? 1,
      acceptedAt: config?.acceptedAt ?? this.#own?.acceptedAt ?? '',
      settings: settings.sort((a, b) => (a.path < b.path ? -1 : 1)),
      unknown: [...(config?.unknown ?? []), ...(this.#own?.unknown ?? [])],
      ...(config?.rejected !== undefined && { rejected: config.rejected }),
    }
  }

  #ownSettings(): SettingDescription[] {
    return Object.entries(this.#settings ?? {}).flatMap(([name, value]): SettingDescription[] => {
      const path = `service.${name}`
      const known = this.#own?.settings.find((setting) => setting.path === name)
      if (known !== undefined) return [{ ...known, path }]
      if (value === undefined) return []
      return [{ path, value: isSecretName(name) ? secretText : printable(value, isSecretName), origin: 'default' }]
    })
  }
}
