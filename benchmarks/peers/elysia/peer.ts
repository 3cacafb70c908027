/** Elysia, which runs on Bun. */
import type { Target } from '../../harness/target.ts'
import { javaScriptTarget } from '../support/javascript-target.ts'

export const targets: readonly Target[] = [
  javaScriptTarget({ name: 'elysia', title: 'Elysia 1.4 (Bun)', folder: import.meta.dirname, runtime: 'bun' }),
]
