/**
 * Warm-up as a task of its own, for an init container: components start, hooks run, components stop. What the hooks fill
 * must outlive the process to be of use: a shared cache, a file on a volume.
 */
import { processEnvironment } from '../platform/environment.ts'
import { prepare } from './prepare.ts'
import type { ServiceParts } from './service-parts.ts'
import type { WarmupRun } from './warmup.ts'

const stopMs = 10_000

/** @throws ServiceError `INVALID_CONFIG`, `WARMUP_FAILED`, or what a component threw; components are stopped in any case. */
export async function warmupOnce(parts: ServiceParts): Promise<readonly WarmupRun[]> {
  await prepare(parts, { given: {}, env: processEnvironment })
  // It never leads: what only one process may do is done by one of those that serve.
  const { lifecycle, telemetry, warmup } = parts
  await telemetry.open()
  await lifecycle.start()
  try {
    return await warmup.run(new AbortController().signal)
  } finally {
    await lifecycle.stop(stopMs)
    await telemetry.close(stopMs)
  }
}
