/**
 * The admin port: probes, health, metrics and warm-up, apart from the traffic so that neither stands in the other's way.
 *
 *   GET  /startupz /livez /readyz   200 `ok` or 503 with the reason: what kubelets and balancers ask
 *   GET  /health                    the report, for people and dashboards; 503 when `DOWN`
 *   GET  /metrics                   Prometheus text
 *   POST /warmup                    runs the warm-up hooks again, for whoever has the admin token
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { type App, createApp } from '../../http/app.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Reply } from '../../http/reply.ts'
import { prometheusContentType, prometheusText } from '../../telemetry/exporters/prometheus.ts'
import { probes } from '../declaration.ts'
import type { AdminSource } from './admin-source.ts'

export interface AdminOptions {
  readonly source: AdminSource
  /** Bearer token that `POST /warmup` must present; without one it is refused. */
  readonly token: string | undefined
}

export function createAdminApp({ source, token }: AdminOptions): App {
  const app = createApp()
  app.get(probes.startup.path, (c) => answerProbe(c, source.hasStarted, 'starting'))
  app.get(probes.live.path, async (c) => answerProbe(c, await source.isAlive(), 'not alive'))
  app.get(probes.ready.path, (c) => answerProbe(c, source.isReady, source.hasStarted ? 'draining' : 'starting'))
  app.get('/health', async (c) => {
    const report = await source.health()
    return uncached(c).json(report, report.status === 'DOWN' ? 503 : 200)
  })
  app.get('/metrics', async (c) => {
    const text = prometheusText(await source.metrics())
    return uncached(c).bytes(Buffer.from(text), prometheusContentType)
  })
  app.post('/warmup', async (c) => {
    await authorise(c, token)
    return uncached(c).json({ hooks: await source.warmup() })
  })
  return app
}

function answerProbe(c: HttpContext, isTrue: boolean, reason: string): Reply {
  return uncached(c).text(isTrue ? 'ok\n' : `${reason}\n`, isTrue ? 200 : 503)
}

function uncached(c: HttpContext): HttpContext {
  return c.header('cache-control', 'no-store')
}

/** @throws ServiceError `WARMUP_DISABLED` (403) without a configured token, `UNAUTHENTICATED` (401) with a wrong one. */
async function authorise(c: HttpContext, token: string | undefined): Promise<void> {
  if (token === undefined) {
    throw new ServiceError('WARMUP_DISABLED', 'POST /warmup is refused until ADMIN_TOKEN is set.', { status: 403 })
  }
  const [, presented = ''] = /^bearer +(\S+)$/i.exec(c.raw.header('authorization') ?? '') ?? []
  if (await isSame(presented, token)) return
  c.header('www-authenticate', 'Bearer')
  throw new ServiceError('UNAUTHENTICATED', 'Send the admin token as `Authorization: Bearer …`.', { status: 401 })
}

/** Compares digests, in constant time, so that the comparison tells nothing about the token or its length. */
async function isSame(presented: string, token: string): Promise<boolean> {
  const { createHash, timingSafeEqual } = await import('node:crypto')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(presented), digest(token))
}
