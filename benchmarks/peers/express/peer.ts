/** Express, the oldest and the most used. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'express', title: 'Express 5.3', folder: import.meta.dirname, runtime: 'node' }),
]
