/** StoredSaga: an instance as the database has it. */
import type { History, SagaStatus } from './history.ts'

export interface StoredSaga {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly input: unknown
  readonly history: History
  readonly owner: string | undefined
  readonly epoch: number
  readonly begun: Date
}
