/** StoredSaga: an instance as the database has it. */
import type { TraceContext } from '../../telemetry/tracer.ts'
import type { History, SagaStatus } from './history.ts'

export interface StoredSaga {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly input: unknown
  readonly history: History
  /** The process that runs it. */
  readonly owner: string | undefined
  /** The fence: grows with every owner, and a smaller one changes nothing any more. */
  readonly epoch: number
  readonly begun: Date
  /** Until when the owner has it, unless it renews. */
  readonly leaseUntil: Date | undefined
  /** Not worked on before; undefined: at once. */
  readonly due: Date | undefined
  /** When it must be done. */
  readonly deadline: Date | undefined
  /** Somebody asked that it be undone. */
  readonly isCancelWished: boolean
  /** Of whoever began it. */
  readonly trace: TraceContext | undefined
}
