/** The engines by name; only the one that is used is loaded. */
import type { Engine } from '../wire/engines/engine.ts'
import type { EngineName } from './service-settings.ts'

const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  sockets: async () => (await import('../wire/engines/sockets.ts')).socketsEngine,
  native: async () => (await import('../wire/engines/native.ts')).nativeEngine,
}

export function loadEngine(name: EngineName): Promise<Engine> {
  return engines[name]()
}
