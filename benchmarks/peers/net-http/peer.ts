/** Go without a framework. */
import type { Target } from '../../harness/target.ts'
import { goTarget } from '../support/go-target.ts'

export const targets: readonly Target[] = [
  goTarget({ name: 'net-http', title: 'Go net/http', folder: import.meta.dirname }),
]
