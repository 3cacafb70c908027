/** A peer in JavaScript: sources copied beside the packages that its own lock file pins. */
import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Target } from '../../harness/target.ts'
import { buildOnce } from './build-once.ts'
import { builtIn, peerEnv, runtimes, sharedModule } from './project.ts'
import { runTool } from './run-tool.ts'

export interface JavaScriptTargetOptions {
  name: string
  title: string
  /** `import.meta.dirname` of the peer. Targets of one folder share one build. */
  folder: string
  runtime: keyof typeof runtimes
  /** What is run, from the peer's folder. Default: `server.mjs`. */
  entry?: string
  /** Compiles after the packages are there. Default: nothing to compile. */
  compile?: (folder: string) => Promise<void>
  env?: Readonly<Record<string, string>>
  without?: readonly string[]
}

export function javaScriptTarget(options: JavaScriptTargetOptions): Target {
  const { name, title, folder, runtime, entry = 'server.mjs', env, without } = options
  return {
    name,
    title,
    async prepare(cache) {
      const to = builtIn(cache, basename(folder))
      await mkdir(dirname(to), { recursive: true })
      await cp(sharedModule, join(dirname(to), 'shared.mjs'))
      await buildOnce({ from: folder, to, build: (copy) => install(copy, options.compile) })
    },
    command: (cache) => [runtimes[runtime], join(builtIn(cache, basename(folder)), entry)],
    env: { ...peerEnv, ...env },
    ...(without && { without }),
  }
}

async function install(folder: string, compile?: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(join(folder, 'package-lock.json'))) {
    await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      env: { NODE_ENV: 'development' },
    })
  }
  await compile?.(folder)
}
