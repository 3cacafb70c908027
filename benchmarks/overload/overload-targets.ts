/** What the overload campaign loads: ours on both runtimes, Gin, plain Node.js, and Fastify with its plugin against overload. */
import { join } from 'node:path'
import { runtimeBinary } from '../harness/genever-targets.ts'
import type { Target } from '../harness/target.ts'
import { goTarget } from '../peers/support/go-target.ts'
import { javaScriptTarget } from '../peers/support/javascript-target.ts'

/** The same work for every server in JavaScript. */
const burnEnv = { BURN: join(import.meta.dirname, 'burn.ts') }
const folder = (name: string) => join(import.meta.dirname, name)
const engines = ['sockets', 'libc', 'native'] as const

export const overloadTargets: readonly Target[] = [
  ...(['bun', 'node'] as const).flatMap((runtime) => engines.map((engine) => geneverTarget(runtime, engine))),
  named(goTarget({ name: 'overload-gin', title: 'Gin 1.12', folder: folder('gin') }), 'gin'),
  named(
    javaScriptTarget({
      name: 'overload-node-http',
      title: 'node:http',
      folder: folder('node-http'),
      runtime: 'node',
      env: burnEnv,
    }),
    'node-http',
  ),
  named(
    javaScriptTarget({
      name: 'overload-fastify',
      title: 'Fastify 5.12 + under-pressure',
      folder: folder('fastify'),
      runtime: 'node',
      env: burnEnv,
    }),
    'fastify',
  ),
]

/** What runs when nobody names targets. */
export const usualOverloadTargets: readonly string[] = ['genever-bun', 'genever-node', 'gin', 'node-http', 'fastify']

/** Built in a folder of its own, so that it does not replace the peer of the other measures. */
function named(target: Target, name: string): Target {
  return { ...target, name }
}

function geneverTarget(runtime: 'bun' | 'node', engine: (typeof engines)[number]): Target {
  return {
    name: `genever-${runtime}${engine === 'sockets' ? '' : `-${engine}`}`,
    title: `Genever ${runtime === 'bun' ? 'Bun' : 'Node.js'}${engine === 'sockets' ? '' : ` ${engine}`}`,
    prepare: async () => {},
    command: () => [runtimeBinary(runtime), join(import.meta.dirname, '..', 'servers', 'overload.ts')],
    env: { ENGINE: engine },
  }
}
