/**
 * The dashboard's app: layers, and who is behind which.
 *
 *   request ─▶ Host and Origin ─▶ security headers ─┬─ /v1/*    senders: open on this machine, else by token ─▶ receiver
 *                                                   ├─ /api/*   visitors: cookie or token ─▶ pages
 *                                                   ├─ /metrics visitors
 *                                                   └─ GET *    everybody: the browser app, which holds no data
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { type App, createApp } from '../http/app.ts'
import type { Middleware } from '../http/middleware.ts'
import { hostGuard } from '../middleware/host-guard.ts'
import { secureHeaders } from '../middleware/secure-headers.ts'
import { dashboardApi } from './api.ts'
import { type SessionView, sessionApi } from './contract/session.ts'
import type { CycleWatch } from './graph/cycle-watch.ts'
import type { EventFeed } from './live/event-feed.ts'
import { addReceiver } from './otlp/receiver.ts'
import { repairPages } from './pages/repair-pages.ts'
import { servicePages } from './pages/service-pages.ts'
import { openSession, Readers, sessionPages } from './pages/session-pages.ts'
import { telemetryPages } from './pages/telemetry-pages.ts'
import type { Access } from './security/access.ts'
import type { Audit } from './security/audit.ts'
import { sendersOnly, visitorsOnly } from './security/guard.ts'
import type { DashboardStore } from './store/dashboard-store.ts'
import type { UiFiles } from './ui-files.ts'
import type { AdminClient } from './workspace/admin-client.ts'
import type { OutputStore } from './workspace/output-store.ts'
import type { ServiceViews } from './workspace/service-views.ts'
import { TryClient } from './workspace/try-client.ts'
import type { Workspace } from './workspace/workspace.ts'

export interface DashboardAppOptions {
  readonly access: Access
  readonly audit: Audit
  readonly admin: AdminClient
  readonly views: ServiceViews
  readonly output: OutputStore
  readonly events: EventFeed
  readonly store: DashboardStore
  readonly session: SessionView
  readonly cycles: CycleWatch
  readonly workspace: Workspace | undefined
  readonly clock: Clock
  readonly isOpenToSenders: boolean
  readonly names: readonly string[]
  readonly ui: UiFiles
  onFault(error: unknown): void
}

const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Nothing from elsewhere, nothing inline; charts set styles by script, which needs no exception. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function createDashboardApp(options: DashboardAppOptions): App {
  const { access, audit, store, events, clock, session, ui, cycles, onFault } = options
  const app = createApp({ clock, onFault, requestEncodings: ['gzip', 'zstd'] })
  app.use(hostGuard({ names: options.names }), secureHeaders({ contentSecurityPolicy }))
  const now = (): number => clock.now()
  addReceiver(app.group('', sendersOnly(options.isOpenToSenders ? undefined : access)), { store, now })

  const readers = new Readers()
  const own = { access, audit, store, events, session, readers, cookieName: access.cookieName }
  app.group('', notStored).implement({ openSession: sessionApi.openSession }, openSession(own))
  const { openSession: _forThoseOutside, ...inside } = dashboardApi
  const visitors = app.group('', notStored, visitorsOnly(own))
  visitors.implement(inside, {
    ...sessionPages(own),
    ...telemetryPages({ store, now, admitReader: () => readers.admit() }),
    ...servicePages({
      ...options,
      tries: new TryClient(),
      actions: session.actions,
      monotonic: () => clock.monotonic(),
    }),
    ...repairPages({ ...options, actions: session.actions, monotonic: () => clock.monotonic() }),
  })
  visitors.get('/metrics', { undocumented: true }, (c) => c.bytes(Buffer.from(cycles.text), prometheusContentType))
  app.get('/', { undocumented: true }, (c) => ui.answer(c))
  app.get('/*path', { undocumented: true }, (c) => ui.answer(c))
  return app
}

const notStored: Middleware = (c, next) => {
  c.header('cache-control', 'no-store')
  return next()
}
