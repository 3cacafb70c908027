/** Fastify, the quick one on Node.js. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'fastify', title: 'Fastify 5.12', folder: import.meta.dirname, runtime: 'node' }),
]
