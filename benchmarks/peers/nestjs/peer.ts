/** NestJS, once on each of its adapters. */
import type { Target } from '../../harness/target.ts'
import { type JavaScriptTargetOptions, javaScriptTarget } from '../support/javascript-target.ts'
import { runtimes } from '../support/project.ts'
import { runTool } from '../support/run-tool.ts'

const nest = (adapter: string, title: string): JavaScriptTargetOptions => ({
  name: `nestjs-${adapter}`,
  title,
  folder: import.meta.dirname,
  runtime: 'node',
  entry: 'dist/main.js',
  // Its decorators need compiling, and its own compiler: the packages are not the project's.
  compile: (folder) => runTool(runtimes.node, ['node_modules/typescript/bin/tsc'], { cwd: folder }),
  env: { NEST_ADAPTER: adapter },
})

export const targets: readonly Target[] = [
  javaScriptTarget(nest('express', 'NestJS 12.5 (Express)')),
  javaScriptTarget(nest('fastify', 'NestJS 12.5 (Fastify)')),
]
