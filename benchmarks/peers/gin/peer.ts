/** Gin, twice: today's release and the one of 2022 that many services still run. */
import type { Target } from '../../harness/target.ts'
import { goTarget } from '../support/go-target.ts'

const folder = import.meta.dirname

export const targets: readonly Target[] = [
  goTarget({ name: 'gin', title: 'Gin 1.12', folder }),
  goTarget({ name: 'gin-1.8', title: 'Gin 1.8.1', folder, modules: 'gin-1.8.mod' }),
]
