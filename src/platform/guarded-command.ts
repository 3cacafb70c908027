/** GuardedCommand: runs a program so that it ends when we are gone, whatever the program is. */
import { fileURLToPath } from 'node:url'
import type { RuntimeName } from './runtime.ts'
import { type RuntimeCommand, runtimeCommand } from './runtime-command.ts'

const preloadFlag = { node: '--import', bun: '--preload' } as const

/**
 * The program must be started with a message channel, whose end tells it.
 *
 * @throws ServiceError `RUNTIME_NOT_FOUND`
 */
export function guardedCommand(runtime: RuntimeName): RuntimeCommand {
  const { command, args } = runtimeCommand(runtime)
  // Beside this file, and like it either a source or built.
  const guard = import.meta.url.replace('guarded-command', 'orphan-guard')
  return { command, args: [...args, preloadFlag[runtime], runtime === 'bun' ? fileURLToPath(guard) : guard] }
}
