/** What can go wrong with Redis, told apart by what the caller may do about it. */
import { ServiceError } from '../foundation/errors/service-error.ts'

/** It was not sent: doing it again is safe. */
export function redisUnavailable(why: string, cause?: unknown): ServiceError {
  return new ServiceError('REDIS_UNAVAILABLE', `Redis cannot be asked: ${why}.`, { status: 503, cause })
}

export function redisTimeout(command: string, timeoutMs: number): ServiceError {
  return new ServiceError(
    'REDIS_TIMEOUT',
    `Redis did not answer ${command} within ${Math.round(timeoutMs)} ms; whether it took effect is unknown.`,
    { status: 504, retryable: false },
  )
}

export function redisLost(command: string, cause: unknown): ServiceError {
  const message = `The connection to Redis was lost before it answered ${command}; whether it took effect is unknown.`
  return new ServiceError('REDIS_LOST', message, { status: 503, retryable: false, cause: withoutArguments(cause) })
}

/**
 * The client library's error as ours. Its own carries the arguments of the command, and a password is an argument: they are
 * dropped before anybody can log them.
 */
export function redisError(command: string, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const kind = replyKind(thrown)
  if (kind === undefined) {
    return wasSent(thrown)
      ? redisLost(command, thrown)
      : redisUnavailable('there is no connection', withoutArguments(thrown))
  }
  if (passing.has(kind)) return redisUnavailable(`it answered ${kind}`, withoutArguments(thrown))
  return new ServiceError('REDIS_REFUSED', `Redis refused ${command} with ${kind}; the cause says why.`, {
    details: { command, reply: kind },
    cause: withoutArguments(thrown),
  })
}

/** Answers of a server that did nothing and soon will: it is loading, failing over, or has lost its slots. */
const passing: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'READONLY', 'BUSY'])

/** The first word of an error that Redis itself answered; undefined for any other. */
export function replyKind(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.name !== 'ReplyError') return undefined
  return /^[A-Z][A-Z0-9]*/.exec(thrown.message)?.[0] ?? 'ERR'
}

/** As the library says it: these it throws for commands that never left. */
function wasSent(thrown: unknown): boolean {
  const message = thrown instanceof Error ? thrown.message : ''
  return !/isn't (?:writeable|ready)|Failed to refresh slots|None of startup nodes/i.test(message)
}

export function withoutArguments(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : 'not an error'
  const error = new Error(message.replace(/, with args beginning with[\s\S]*/, ''))
  if (thrown instanceof Error) error.name = thrown.name
  return error
}
