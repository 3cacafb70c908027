/** What OpenTelemetry's conventions say of an error: type, message, stack. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { SpanAttributes } from './tracer.ts'

/** Reading them never throws, whatever was thrown. */
export function exceptionAttributes(thrown: unknown): SpanAttributes {
  try {
    if (!(thrown instanceof Error)) {
      return { 'exception.type': typeof thrown, 'exception.message': 'What was thrown is not an Error.' }
    }
    return {
      'exception.type': thrown instanceof ServiceError ? thrown.code : thrown.name,
      'exception.message': thrown.message,
      'exception.stacktrace': thrown.stack,
    }
  } catch {
    return { 'exception.type': 'unreadable' }
  }
}
