/** Hono, once on each runtime. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

const folder = import.meta.dirname

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'hono-node', title: 'Hono 4.13 (Node.js)', folder, runtime: 'node', entry: 'node.mjs' }),
  javaScriptTarget({ name: 'hono-bun', title: 'Hono 4.13 (Bun)', folder, runtime: 'bun', entry: 'bun.mjs' }),
]
