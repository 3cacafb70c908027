/**
 * The admin port: probes, health, metrics and warm-up, apart from the traffic so that neither stands in the other's way.
 *
 *   GET  /startupz /livez /readyz   200 `ok` or 503 with the reason: what kubelets and balancers ask
 *   GET  /health                    the report, for people and dashboards; 503 when `DOWN`
 *   GET  /metrics                   OpenMetrics for whoever asks for it, else Prometheus text
 *   GET  /slo                       error budgets, and how fast they burn
 *   GET  /schedule                  jobs, their next ticks and how their last runs ended
 *   POST /warmup                    runs the warm-up hooks again, for whoever has the admin token
 *   GET  /config                    settings in effect and where they come from, for whoever has the admin token
 *   GET  /log-level                  which lines are written; PUT changes it, for whoever has the admin token
 *   /faults                         has the service fail on purpose, where that is allowed; see fault-routes.ts
 *   /debug                          what goes on inside, where that may be seen; see debug-routes.ts
 *   /messages /outbox /sagas        what waits, failed or is stuck, and repairing it, where that is allowed; see operation-routes.ts
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { reportStatus } from '../../health/health-report.ts'
import { type Probe, probeAnswer } from '../../health/phase.ts'
import { type App, createApp } from '../../http/app.ts'
import type { Middleware } from '../../http/middleware.ts'
import { hostGuard } from '../../middleware/host-guard.ts'
import { probes } from '../declaration.ts'
import type { AdminSource } from './admin-source.ts'
import { addDebugRoutes } from './debug-routes.ts'
import { addFaultRoutes } from './fault-routes.ts'
import { addLogLevelRoutes } from './log-level-routes.ts'
import { addMetricRoutes } from './metric-routes.ts'
import { requireToken } from './require-token.ts'

export interface AdminOptions {
  readonly source: AdminSource
  /** Bearer token that `POST /warmup`, `/faults`, `/messages` … must present; without one they are refused. */
  readonly token: string | undefined
  /** Names under which the port may be called beside addresses and names of private networks. */
  readonly names?: readonly string[]
}

const probePaths: Readonly<Record<Probe, string>> = {
  startupz: probes.startup.path,
  livez: probes.live.path,
  readyz: probes.ready.path,
}

export function createAdminApp({ source, token, names = [] }: AdminOptions): App {
  const app = createApp()
  app.use(hostGuard({ names, privateNames: true }), notStored)
  for (const probe of Object.keys(probePaths) as Probe[]) {
    app.get(probePaths[probe], async (c) => {
      const { status, body } = probeAnswer(probe, source.phase, probe === 'readyz' && (await source.isDown()))
      return c.text(body, status)
    })
  }
  app.get('/health', async (c) => {
    const report = await source.health()
    return c.json(report, reportStatus(report))
  })
  addMetricRoutes(app, () => source.metrics())
  app.get('/slo', async (c) => c.json(await source.slo()))
  app.get('/schedule', async (c) => c.json(await source.schedule()))
  const mayRead = requireToken({ token, disabled: configHidden })
  app.get('/config', mayRead, (c) => c.json(source.config()))
  const mayWarmup = requireToken({ token, disabled: warmupDisabled })
  app.post('/warmup', mayWarmup, async (c) => c.json({ hooks: await source.warmup() }))
  addLogLevelRoutes(app, source.logLevel, token)
  const { faults, debug } = source
  if (faults !== undefined) addFaultRoutes(app, { registry: faults, token })
  if (debug !== undefined) addDebugRoutes(app, debug, token)
  return app
}

const notStored: Middleware = (c, next) => {
  c.header('cache-control', 'no-store')
  return next()
}

function configHidden(): ServiceError {
  return new ServiceError('CONFIG_HIDDEN', 'GET /config is refused until ADMIN_TOKEN is set.', { status: 403 })
}

function warmupDisabled(): ServiceError {
  return new ServiceError('WARMUP_DISABLED', 'POST /warmup is refused until ADMIN_TOKEN is set.', { status: 403 })
}
