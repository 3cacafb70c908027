/**
 * Dashboard: the port where services send telemetry and people look at it.
 *
 *   Dashboard.start ─▶ store ─▶ app { /v1/* receiver │ /api/* for visitors │ anything else: the browser app } ─▶ url, link ─▶ stop
 *
 * It is made to run in a process of its own: what it does wrong is nobody else's trouble.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { fillRandom } from '../platform/random.ts'
import { loadEngine } from '../service/engines.ts'
import { Traffic } from '../service/traffic.ts'
import type { Logger } from '../telemetry/logger.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import type { SessionView } from './contract/session.ts'
import { createDashboardApp } from './dashboard-app.ts'
import { CycleWatch } from './graph/cycle-watch.ts'
import { EventFeed } from './live/event-feed.ts'
import { Access } from './security/access.ts'
import { Audit } from './security/audit.ts'
import { DashboardStore } from './store/dashboard-store.ts'
import { openStore } from './store/open-store.ts'
import { UiFiles } from './ui-files.ts'
import { AdminClient } from './workspace/admin-client.ts'
import { HeldRecords } from './workspace/held-records.ts'
import { outputRow } from './workspace/output-row.ts'
import { OutputStore } from './workspace/output-store.ts'
import { ServiceViews } from './workspace/service-views.ts'
import type { Workspace } from './workspace/workspace.ts'

export interface DashboardOptions {
  /** Default `127.0.0.1`. Where it is no loopback address, services need the token too. */
  readonly host?: string
  /** Default 4318, where OTLP is sent if nobody says otherwise; 0 takes a free one. */
  readonly port?: number
  /** What visitors must have, at least 16 characters; default: 32 random hex digits. */
  readonly token?: string
  /** File for what is kept; default `:memory:`, which ends with it. */
  readonly data?: string
  /** Of the file; default 192 MiB. What is kept in memory beside it takes about 100 MiB at most. */
  readonly maxBytes?: number
  /** Default a day; of metrics two hours. */
  readonly maxAgeMs?: number
  /** The services that it may show from the inside, stop and start; default none. */
  readonly workspace?: Workspace
  /** What the services of the workspace know as ADMIN_TOKEN. */
  readonly adminToken?: string | undefined
  /** Further names by which it is called, such as `dashboard.example.com`; default none. */
  readonly names?: readonly string[]
  /** Whether visitors may do anything but look: default where there is a workspace, and not in production. */
  readonly actions?: boolean
  readonly version?: string
  /** The browser app; default that of this package. */
  readonly ui?: UiFiles
  readonly clock?: Clock
  readonly log?: Logger
}

const limits = { maxBodyBytes: 16 * 1024 * 1024, idleTimeoutMs: 60_000, maxConnections: 1_024 }
const closeMs = 1_000
const defaultMaxBytes = 192 * 1024 * 1024
const dayMs = 86_400_000

export class Dashboard {
  readonly token: string
  readonly #port: Traffic
  readonly #stop: () => Promise<void>

  private constructor(port: Traffic, token: string, stop: () => Promise<void>) {
    this.#port = port
    this.token = token
    this.#stop = stop
  }

  /** @throws ServiceError `WEAK_TOKEN`, `STORE_IN_USE`, `SQL_FAILED`, `ADDRESS_IN_USE`, `LISTEN_FAILED`. */
  static async start(options: DashboardOptions = {}): Promise<Dashboard> {
    const { host = '127.0.0.1', port = 4318, clock = systemClock, log = noopLogger, workspace } = options
    const token = options.token ?? newToken()
    const access = new Access({ token, clock })
    const events = new EventFeed()
    const sql = await openStore(options.data ?? ':memory:')
    const onFault = (error: unknown): void => log.error('the dashboard failed at something', { error })
    const { maxBytes = defaultMaxBytes, maxAgeMs = dayMs } = options
    const store = new DashboardStore({
      sql,
      clock,
      events,
      serviceAt: serviceAt(workspace),
      maxBytes,
      maxAgeMs,
      onFault,
    })
    const session = sessionOf(options)
    const admin = new AdminClient(options.adminToken)
    const held = new HeldRecords({
      clock,
      sendsLogs: (service) => store.seen.get(service)?.sendsLogs === true,
      take: (rows) => store.addLogs(rows),
    })
    const output = outputOf(workspace, store, held, clock)
    const { control: canControl } = session.actions
    const views = new ServiceViews({ workspace, store, admin, events, clock, canControl })
    const cycles = new CycleWatch({ store, clock, log })
    const audit = new Audit({ clock, log, onEntry: (entry) => events.publish({ kind: 'audit', entry }) })
    const app = createDashboardApp({
      ...{ access, audit, admin, views, output, events, store, session, workspace, clock, cycles },
      isOpenToSenders: isLoopback(host),
      names: options.names ?? [],
      ui: options.ui ?? new UiFiles(),
      onFault,
    })
    const traffic = await Traffic.listen(await loadEngine('sockets'), {
      ...{ host, port, limits, clock, onError: onFault },
      handler: app.handler,
    }).catch((error: unknown) => {
      sql.close()
      throw error
    })
    for (const part of [store, views, cycles]) part.start()
    return new Dashboard(traffic, token, async () => {
      app.drain()
      await traffic.finish({ lingerMs: 0, finishMs: closeMs })
      held.close()
      for (const part of [cycles, views, store]) part.stop()
      admin.close()
    })
  }

  get url(): string {
    return this.#port.url
  }

  /** The address that lets a browser in: a fragment is not sent to anybody, and the page removes it. */
  get link(): string {
    return `${this.url}/#token=${this.token}`
  }

  /** Ends streams and requests within a second and writes what is left. */
  stop(): Promise<void> {
    return this.#stop()
  }
}

function newToken(): string {
  const bytes = new Uint8Array(16)
  fillRandom(bytes)
  return Buffer.from(bytes).toString('hex')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function sessionOf({ workspace, actions = workspace !== undefined, version = '' }: DashboardOptions): SessionView {
  const may = actions && workspace !== undefined
  return {
    // Profiles are taken at the admin port; the dashboard has no operation for them.
    actions: { control: may, faults: may, repairs: may, requests: may, profiles: false },
    workspace: workspace?.name ?? null,
    version,
  }
}

function serviceAt(workspace: Workspace | undefined): (address: string) => string | undefined {
  return (address) => {
    const port = /^(?:127\.0\.0\.1|localhost|\[?::1\]?):(\d+)$/.exec(address)?.[1]
    if (port === undefined) return undefined
    return workspace?.services.find(({ url }) => url.endsWith(`:${port}`))?.name
  }
}

function outputOf(
  workspace: Workspace | undefined,
  store: DashboardStore,
  held: HeldRecords,
  clock: Clock,
): OutputStore {
  const output = new OutputStore()
  workspace?.onOutput((service, line, isRepeat) => {
    output.add(service, line)
    if (isRepeat) return
    const found = outputRow(service, line, clock.now())
    if (found?.isRecord === true) held.add(found.row)
    else if (found !== undefined) store.addLogs([found.row])
  })
  return output
}
