/** ConfigError: everything that is wrong with a configuration, in one message. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface ConfigProblem {
  /** Such as `database.url`; empty if it concerns a source as a whole. */
  readonly path: string
  /** Where the setting stands, or the source; empty if it is set nowhere. */
  readonly origin: string
  /** The rule that was broken, as the schema calls it; `unreadable` for what could not be read. */
  readonly rule: string
  /** For people; it never repeats the value. */
  readonly message: string
}

/** `INVALID_CONFIG` with all problems in `details.problems`, so that one start is enough to mend them. */
export function configError(problems: readonly ConfigProblem[]): ServiceError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  const lines = problems.map((problem) => `  ${lineOf(problem)}`)
  return new ServiceError('INVALID_CONFIG', `The configuration has ${count}:\n${lines.join('\n')}`, {
    details: { problems },
  })
}

function lineOf({ path, origin, rule, message }: ConfigProblem): string {
  const what = [path, origin === '' ? '' : path === '' ? origin : `(from ${origin})`]
    .filter((part) => part !== '')
    .join(' ')
  return `${what}: ${message} [${rule}]`
}
