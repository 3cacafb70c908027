/**
 * Errors → answers: the boundary where anything thrown becomes what the client sees.
 *
 *   throw ─▶ onError ──answers──▶ its answer
 *              └─none, or throws─▶ ServiceError ─▶ problem or envelope
 */
import type { Reply } from '../reply.ts'
import { recordProblem } from '../response/problem.ts'
import type { Call } from './call.ts'
import { recordResult } from './record-result.ts'

/** Never throws. */
export function answerError(call: Call, thrown: unknown): Reply | Promise<Reply> {
  const { onError } = call.settings
  if (onError === undefined) return recordProblem(call, thrown)
  try {
    const result: unknown = onError(thrown, call.c)
    if (!(result instanceof Promise)) return recordHandled(call, thrown, result)
    return result.then(
      (settled) => recordHandled(call, thrown, settled),
      (failure) => recordProblem(call, failure),
    )
  } catch (failure) {
    return recordProblem(call, failure)
  }
}

/** A handler that gives nothing, or the error itself, leaves the answer to us. */
function recordHandled(call: Call, thrown: unknown, result: unknown): Reply {
  if (result === undefined || result === thrown) return recordProblem(call, thrown)
  try {
    return recordResult(call, result)
  } catch (failure) {
    return recordProblem(call, failure)
  }
}
