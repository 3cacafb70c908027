/** Fiber: Go on fasthttp instead of net/http. */
import type { Target } from '../../harness/target.ts'
import { goTarget } from '../support/go-target.ts'

export const targets: readonly Target[] = [goTarget({ name: 'fiber', title: 'Fiber 3.1', folder: import.meta.dirname })]
