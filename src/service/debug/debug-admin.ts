/** debugAdmin: what the admin port needs for `/debug`; undefined where the settings say that nobody looks inside. */
import type { DebugAdmin } from '../admin/debug-routes.ts'
import type { ServiceParts } from '../service-parts.ts'
import type { ServiceSettings } from '../service-settings.ts'
import type { DebugSource } from './debug-question.ts'

export interface DebugAdminOptions {
  readonly parts: ServiceParts
  readonly settings: ServiceSettings
  readonly source: DebugSource
}

export function debugAdmin({ parts, settings, source }: DebugAdminOptions): DebugAdmin | undefined {
  if (settings.profiles !== 'on') return undefined
  const networks = settings.profilesNetworks?.split(',').map((network) => network.trim())
  return { service: parts.name, log: parts.log, source, networks }
}
