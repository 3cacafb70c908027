/** Bun without a framework. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'bun-serve', title: 'Bun.serve', folder: import.meta.dirname, runtime: 'bun' }),
]
