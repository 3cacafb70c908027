/**
 * The admin port: probes, health, metrics and warm-up, apart from the traffic so that neither stands in the other's way.
 *
 *   GET  /startupz /livez /readyz   200 `ok` or 503 with the reason: what kubelets and balancers ask
 *   GET  /health                    the report, for people and dashboards; 503 when `DOWN`
 *   GET  /metrics                   Prometheus text
 *   POST /warmup                    runs the warm-up hooks again, for whoever has the admin token
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { reportStatus } from '../../health/health-report.ts'
import { type Probe, probeAnswer } from '../../health/phase.ts'
import { type App, createApp } from '../../http/app.ts'
import type { Middleware } from '../../http/middleware.ts'
import { prometheusContentType, prometheusText } from '../../telemetry/exporters/prometheus.ts'
import { probes } from '../declaration.ts'
import type { AdminSource } from './admin-source.ts'

export interface AdminOptions {
  readonly source: AdminSource
  /** Bearer token that `POST /warmup` must present; without one it is refused. */
  readonly token: string | undefined
}

const probePaths: Readonly<Record<Probe, string>> = {
  startupz: probes.startup.path,
  livez: probes.live.path,
  readyz: probes.ready.path,
}

export function createAdminApp({ source, token }: AdminOptions): App {
  const app = createApp()
  app.use(notStored)
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
  app.get('/metrics', async (c) => c.bytes(Buffer.from(prometheusText(await source.metrics())), prometheusContentType))
  app.post('/warmup', requireToken(token), async (c) => c.json({ hooks: await source.warmup() }))
  return app
}

const notStored: Middleware = (c, next) => {
  c.header('cache-control', 'no-store')
  return next()
}

/** @throws ServiceError `WARMUP_DISABLED` (403) without a configured token, `UNAUTHENTICATED` (401) with a wrong one. */
function requireToken(token: string | undefined): Middleware {
  return async function requireToken(c, next) {
    if (token === undefined) {
      throw new ServiceError('WARMUP_DISABLED', 'POST /warmup is refused until ADMIN_TOKEN is set.', { status: 403 })
    }
    const [, presented = ''] = /^bearer +(\S+)$/i.exec(c.raw.header('authorization') ?? '') ?? []
    if (await isSame(presented, token)) return next()
    c.header('www-authenticate', 'Bearer')
    throw new ServiceError('UNAUTHENTICATED', 'Send the admin token as `Authorization: Bearer …`.', { status: 401 })
  }
}

/** Compares digests, in constant time, so that the comparison tells nothing about the token or its length. */
async function isSame(presented: string, token: string): Promise<boolean> {
  const { createHash, timingSafeEqual } = await import('node:crypto')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(presented), digest(token))
}
