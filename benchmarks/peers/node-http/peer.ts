/** Node.js without a framework. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'node-http', title: 'node:http', folder: import.meta.dirname, runtime: 'node' }),
]
