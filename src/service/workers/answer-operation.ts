/** answerOperation: an operation in a worker, for its supervisor; an error is part of the answer, so that it keeps its code. */
import { toServiceError } from '../../foundation/errors/service-error.ts'
import type { OperationName, Operations } from '../operations/operations.ts'
import type { ServiceParts } from '../service-parts.ts'
import type { OperationAnswer } from './worker-message.ts'

export async function answerOperation(
  parts: ServiceParts,
  { name, input }: { readonly name: OperationName; readonly input: unknown },
): Promise<OperationAnswer> {
  try {
    const operations = await parts.operations()
    // The supervisor's admin port has checked it by the contract that both sides have.
    const operation = operations[name] as (this: Operations, input: unknown) => Promise<unknown>
    return { value: await operation.call(operations, input) }
  } catch (thrown) {
    const { code, message, status } = toServiceError(thrown)
    return { error: { code, message, status } }
  }
}
