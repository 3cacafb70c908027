/**
 * The engines by name; only the one that is used is loaded.
 *
 *   settings ─▶ usableEngine: can it run here? ──no──▶ `sockets`, and a warning that says why ─▶ loadEngine
 */
import type { Logger } from '../telemetry/logger.ts'
import type { Engine } from '../wire/engines/engine.ts'
import type { EngineName } from './service-settings.ts'

const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  sockets: async () => (await import('../wire/engines/sockets.ts')).socketsEngine,
  native: async () => (await import('../wire/engines/native.ts')).nativeEngine,
  libc: async () => (await import('../wire/engines/libc.ts')).libcEngine,
}

export function loadEngine(name: EngineName): Promise<Engine> {
  return engines[name]()
}

/** `libc` is tried out before anybody depends on it. */
export async function usableEngine(name: EngineName, log: Logger): Promise<EngineName> {
  if (name !== 'libc') return name
  const { libcProblem } = await import('../platform/libc/self-test.ts')
  const reason = await libcProblem()
  if (reason === undefined) return 'libc'
  log.warn('the libc engine does not run here; sockets runs instead, with the same behaviour at a higher cost', {
    reason,
    advice: 'set ENGINE=sockets to silence this, or run on Linux (x64, arm64) with Bun 1.4 or Node.js 26.6 at least',
  })
  return 'sockets'
}
