/**
 * Deadlines: a handler that takes too long is answered for, and its context ends so that it cannot write into an answer
 * that others go on with.
 *
 *   handler ──settles in time─────────────▶ its answer
 *           └─deadline first─▶ 504 to the layers around; what the handler does later is dropped
 *
 * A cancellation by the client does not end the wait: nobody is left to answer, and the handler sees it by its signal.
 */
import type { Reply } from '../reply.ts'
import type { Access, Call } from './call.ts'

/** Runs `next` in a context that ends after `timeoutMs` at the latest. */
export function withDeadline(
  call: Call,
  timeoutMs: number,
  next: () => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  const outer = call.context
  const inner = outer.child({ timeoutMs })
  call.context = inner
  const leave = () => {
    inner.finish()
    call.context = outer
  }
  let reply: Reply | Promise<Reply>
  try {
    reply = inner.run(next)
  } catch (error) {
    leave()
    throw error
  }
  if (reply instanceof Promise) return reply.finally(leave)
  leave()
  return reply
}

/** Whether a handler may still use the context it was given. */
export class Lease implements Access {
  readonly #call: Call
  #isRevoked = false

  constructor(call: Call) {
    this.#call = call
  }

  get isOpen(): boolean {
    return !this.#isRevoked && this.#call.isOpen
  }

  revoke(): void {
    this.#isRevoked = true
  }
}

/** What `work` gives, or `DEADLINE_EXCEEDED` as soon as the deadline passes; the lease ends with it. */
export function orDeadline<T>({ context }: Call, lease: Lease, work: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = context.onCancel((reason) => {
      if (reason.code !== 'DEADLINE_EXCEEDED') return
      lease.revoke()
      reject(reason)
    })
    work.then(
      (value) => {
        forget()
        resolve(value)
      },
      (error) => {
        forget()
        reject(error)
      },
    )
  })
}
