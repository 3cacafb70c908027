/**
 * Beacon: shows the outside how a service is, from before its start to after its end.
 *
 *   open ─▶ admin port answers, no ready file ─▶ showReady(true) ─▶ ready file ─▶ showReady(false) ─▶ close
 */
import { ReadyFile } from '../../health/ready-file.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { loadEngine } from '../engines.ts'
import type { ServiceSettings } from '../service-settings.ts'
import { Traffic } from '../traffic.ts'
import { createAdminApp } from './admin-app.ts'
import type { AdminSource } from './admin-source.ts'

export interface BeaconOptions {
  readonly source: AdminSource
  readonly settings: ServiceSettings
  readonly log: Logger
}

/** Requests on the admin port are few and small. */
const limits = { maxBodyBytes: 64 * 1024, idleTimeoutMs: 30_000, maxConnections: 1_024 }
/** For probes under way when everything else has ended. */
const closeMs = 500

export class Beacon {
  readonly #port: Traffic
  readonly #readyFile: ReadyFile | undefined
  readonly #log: Logger

  private constructor(port: Traffic, readyFile: ReadyFile | undefined, log: Logger) {
    this.#port = port
    this.#readyFile = readyFile
    this.#log = log
  }

  /** @throws ServiceError `ADDRESS_IN_USE`, `LISTEN_FAILED` or `READY_FILE_FAILED`. */
  static async open({ source, settings, log }: BeaconOptions): Promise<Beacon> {
    const { adminHost, adminPort, adminToken, adminNames = '', readyFile: path } = settings
    const names = adminNames.split(/[ ,]+/).filter((name) => name !== '')
    const readyFile = path === undefined ? undefined : new ReadyFile(path)
    await readyFile?.show(false)
    const app = createAdminApp({ source, token: adminToken, names })
    const { operations, operationsLog } = source
    if (operations !== undefined) {
      const { addOperationRoutes } = await import('./operation-routes.ts')
      addOperationRoutes(app, { operations, log: operationsLog, token: adminToken })
    }
    const port = await Traffic.listen(await loadEngine('sockets'), {
      host: adminHost,
      port: adminPort,
      limits,
      handler: app.handler,
      onError: (error) => log.error('the admin port failed to answer', { error }),
    })
    return new Beacon(port, readyFile, log)
  }

  get url(): string {
    return this.#port.url
  }

  /** @throws ServiceError `READY_FILE_FAILED`. */
  async showReady(): Promise<void> {
    await this.#readyFile?.show(true)
  }

  /** Nothing keeps a service from ending, least of all a file. */
  async showUnready(): Promise<void> {
    try {
      await this.#readyFile?.show(false)
    } catch (error) {
      this.#log.error('the ready file stays behind', { error })
    }
  }

  async close(): Promise<void> {
    await this.#port.finish({ lingerMs: 0, finishMs: closeMs })
  }
}
