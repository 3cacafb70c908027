/** A service inside the process of a test: free ports of the loopback address, nothing taken from the environment. */
import type { RunningService } from './running-service.ts'
import type { ServiceParts } from './service-parts.ts'
import { resolveSettings, type ServiceSettings } from './service-settings.ts'
import { Standalone } from './standalone.ts'

export async function startForTest(parts: ServiceParts, given: Partial<ServiceSettings>): Promise<RunningService> {
  const settings = resolveSettings({ port: 0, adminPort: 0, ...given }, parts.options)
  parts.mode = settings.mode
  const service = new Standalone(parts, settings)
  await service.start()
  return service
}
