/**
 * WorkJob: one call of a work, from the pool's side.
 *
 *   queued ─▶ posted to a thread ─▶ running ─▶ settled
 *      ▲           └─ its thread ended, or another one is idle
 *      └───────────────┘
 */

import type { Transferable } from '../transfer.ts'
import { PromiseWaiter } from './wait-queue.ts'

export class WorkJob extends PromiseWaiter<unknown> {
  readonly module: string
  readonly name: string
  readonly input: unknown
  readonly transfers: readonly Transferable[]
  /** When it must be done, on the pool's clock; `Infinity` without a limit. */
  readonly deadlineMs: number
  isSettled = false
  /** Called once when it is settled. */
  onSettled: (() => void) | undefined

  constructor(
    work: { readonly module: string; readonly name: string },
    input: unknown,
    { transfers, deadlineMs }: { transfers: readonly Transferable[]; deadlineMs: number },
  ) {
    super()
    this.module = work.module
    this.name = work.name
    this.input = input
    this.transfers = transfers
    this.deadlineMs = deadlineMs
  }

  /** What was given away is not here any more, so it cannot go to another thread. */
  get canMove(): boolean {
    return this.transfers.length === 0
  }

  succeed(value: unknown): void {
    if (this.#settle()) this.resolve(value)
  }

  override fail(error: Error): void {
    if (this.#settle()) super.fail(error)
  }

  #settle(): boolean {
    if (this.isSettled) return false
    this.isSettled = true
    this.onSettled?.()
    return true
  }
}
