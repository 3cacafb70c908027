/** What a policy says to options that cannot be. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface NumberRule {
  readonly min: number
  readonly max?: number
  readonly whole?: boolean
}

/** @throws ServiceError BAD_POLICY if `value` is not a number within the rule. */
export function checkNumber(
  option: string,
  value: number,
  { min, max = Number.POSITIVE_INFINITY, whole = false }: NumberRule,
): void {
  if (value >= min && value <= max && (!whole || Number.isInteger(value) || value === max)) return
  const limits = max === Number.POSITIVE_INFINITY ? `from ${min}` : `from ${min} to ${max}`
  const arrived = typeof value === 'number' ? `${value}` : typeof value
  throw badPolicyError(`${option} is a ${whole ? 'whole ' : ''}number ${limits}, not ${arrived}.`)
}

export function badPolicyError(message: string): ServiceError {
  return new ServiceError('BAD_POLICY', message)
}
