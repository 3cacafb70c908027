/**
 * health: parts of a service say how they are; probes and the report follow from it.
 *
 *   prints 200 {"status":"DEGRADED"
 *   prints ready: yes
 *   prints 503 {"status":"DOWN"
 *   prints ready: no
 *   ends
 */
import { HealthRegistry, healthReport, probeAnswer, reportStatus } from 'genever/health'

const registry = new HealthRegistry({ cacheMs: 0 })
let isDatabaseUp = true
registry.add({
  name: 'database',
  check: () => (isDatabaseUp ? { status: 'UP' } : { status: 'DOWN', error: 'refused' }),
})
registry.add({ name: 'recommendations', critical: false, check: () => ({ status: 'DOWN', error: 'refused' }) })

await show()
isDatabaseUp = false
await show()

async function show(): Promise<void> {
  const subject = { service: 'shop', version: '1.0.0', phase: 'ready', nowMs: Date.now() } as const
  const report = healthReport(subject, await registry.components())
  console.log(reportStatus(report), JSON.stringify(report))
  console.log(`ready: ${probeAnswer('readyz', 'ready', await registry.isDown()).status === 200 ? 'yes' : 'no'}`)
}
