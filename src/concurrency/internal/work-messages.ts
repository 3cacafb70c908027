/**
 * What workers and their threads say to one another.
 *
 *   pool ──TaskMessage[]──▶ thread        pool ◀──TaskResult[]── thread
 *
 * Beside the messages, each task that is with a thread has a cell in shared memory, so that both sides may decide about it
 * while the other is busy. A cell is free again only when the thread has answered for its task:
 *
 *   posted ──thread──▶ running ──pool──▶ cancelled      the work sees it when it asks its context
 *      └─pool─▶ taken                                   stolen for another thread, or cancelled: the thread skips it
 */
import { type ErrorDetails, ServiceError } from '../../foundation/errors/service-error.ts'

export const cellPosted = 0
export const cellRunning = 1
export const cellCancelled = 2
export const cellTaken = 3

/** How a thread is told that it serves workers, and where its cells are. */
export interface ThreadInput {
  readonly kind: 'genever-workers'
  readonly cells: SharedArrayBuffer
}

export interface TaskMessage {
  readonly cell: number
  readonly module: string
  readonly name: string
  readonly input: unknown
  /** Time left, in milliseconds; undefined without a limit. */
  readonly timeoutMs: number | undefined
}

export type TaskResult =
  | { readonly kind: 'value'; readonly cell: number; readonly ms: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly cell: number; readonly ms: number; readonly error: ErrorMessage }
  | { readonly kind: 'skipped'; readonly cell: number }

export interface ErrorMessage {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Only of a ServiceError. */
  readonly service:
    | {
        readonly code: string
        readonly status: number
        readonly retryable: boolean
        readonly details: ErrorDetails | undefined
      }
    | undefined
}

export function errorMessageFrom(thrown: unknown): ErrorMessage {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error('What was thrown is not an Error.')
  const service = isServiceError(thrown)
    ? { code: thrown.code, status: thrown.status, retryable: thrown.retryable, details: thrown.details }
    : undefined
  return { name, message, stack, service }
}

/** A ServiceError as it was thrown; anything else is WORK_FAILED with the original as its cause. */
export function errorFromMessage({ name, message, stack, service }: ErrorMessage, work: string): ServiceError {
  const original = Object.assign(new Error(message), { name, stack: stack ?? '' })
  if (service === undefined) {
    return new ServiceError('WORK_FAILED', `The work "${work}" failed on its thread; the cause says why.`, {
      cause: original,
    })
  }
  const { code, status, retryable, details } = service
  return new ServiceError(code, message, { status, retryable, cause: original, ...(details && { details }) })
}

/** By its shape, because in a bundle the class may be there twice. */
function isServiceError(thrown: unknown): thrown is ServiceError {
  if (thrown instanceof ServiceError) return true
  return thrown instanceof Error && thrown.name === 'ServiceError' && 'code' in thrown
}
