/**
 * dashboard: its API is a contract like any other; here is what can be asked.
 *
 *   prints GET /api/traces/:traceId
 *   prints SSE /api/events
 *   ends
 */
import { dashboardApi } from 'genever/dashboard'

for (const { kind, method, path } of Object.values(dashboardApi)) {
  console.log(`${kind === 'stream' ? 'SSE' : method} ${path}`)
}
