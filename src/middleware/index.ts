/**
 * Middleware: layers that a request meets on its way in and its answer on the way out.
 *
 *   tracing ─▶ requestId ─▶ accessLog ─▶ metrics ─▶ recover ─▶ faults ─▶ secureHeaders · cors · timeout · … ─▶ handler
 *
 * A service has the first six by itself; the others are put where they are wanted.
 */
export { type AccessLogOptions, accessLog } from './access-log.ts'
export { type BasicAuthOptions, type BasicIdentity, basicAuth } from './basic-auth.ts'
export { bodyLimit } from './body-limit.ts'
export { compression } from './compression.ts'
export { type CorsOptions, cors } from './cors.ts'
export { type FaultsLayerOptions, faults } from './faults.ts'
export { type HostGuardOptions, hostGuard } from './host-guard.ts'
export { type MetricsOptions, metrics } from './metrics.ts'
export { protect } from './protect.ts'
export { type RateLimitLayerOptions, rateLimit } from './rate-limit.ts'
export { type RecoverOptions, recover } from './recover.ts'
export { type RequestIdOptions, requestId } from './request-id.ts'
export { type SecureHeadersOptions, secureHeaders } from './secure-headers.ts'
export { type StaticFilesOptions, staticFiles } from './static-files.ts'
export { timeout } from './timeout.ts'
export { type TracingOptions, tracing } from './tracing.ts'
