/** A peer in Go: one binary, built by the machine's Go with its modules pinned. */
import { join } from 'node:path'
import type { Target } from '../../harness/target.ts'
import { buildOnce } from './build-once.ts'
import { builtIn, peerEnv } from './project.ts'
import { runTool } from './run-tool.ts'

export interface GoTargetOptions {
  name: string
  title: string
  /** `import.meta.dirname` of the peer. */
  folder: string
  /** Which module file pins the versions. Default: `go.mod`. */
  modules?: string
}

export function goTarget({ name, title, folder, modules = 'go.mod' }: GoTargetOptions): Target {
  return {
    name,
    title,
    prepare: (cache) =>
      buildOnce({
        from: folder,
        to: builtIn(cache, name),
        salt: modules,
        build: (cwd) => runTool('go', ['build', `-modfile=${modules}`, '-trimpath', '-o', 'server', '.'], { cwd }),
      }),
    command: (cache) => [join(builtIn(cache, name), 'server')],
    env: peerEnv,
    // Go has no asynchronous functions, so there is no middleware that awaits.
    without: ['g'],
  }
}
