/** Opens the admin port. Its requests are few and small, so it has tighter limits than the traffic. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { loadEngine } from '../engines.ts'
import type { ServiceSettings } from '../service-settings.ts'
import { Traffic } from '../traffic.ts'
import { createAdminApp } from './admin-app.ts'
import type { AdminSource } from './admin-source.ts'

export interface AdminPortOptions {
  readonly source: AdminSource
  readonly settings: ServiceSettings
  readonly clock: Clock
  readonly log: Logger
}

const limits = { maxBodyBytes: 64 * 1024, idleTimeoutMs: 30_000, maxConnections: 1_024 }

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`. */
export async function openAdminPort({ source, settings, clock, log }: AdminPortOptions): Promise<Traffic> {
  const app = createAdminApp({ source, token: settings.adminToken })
  return Traffic.listen(await loadEngine('sockets'), {
    host: settings.adminHost,
    port: settings.adminPort,
    clock,
    limits,
    handler: app.handler,
    onError: (error) => log.error('the admin port failed to answer', { error }),
  })
}

/** Answers probes under way, then closes. */
export async function closeAdminPort(port: Traffic | undefined): Promise<void> {
  await port?.finish({ lingerMs: 0, finishMs: 500 })
}
