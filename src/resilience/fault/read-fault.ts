/**
 * From JSON to a fault: every problem is told at once, and what cannot be is not begun.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { maxDelayMs } from './delay.ts'
import type { Fault } from './fault.ts'

/** No longer, unless a service says otherwise. */
export const defaultMaxDurationMs: number = 3_600_000

/** What may be said of a member: nothing, or what is wrong with it. */
type Check = (value: unknown) => string | undefined

const delays: Readonly<Record<string, Shape>> = {
  fixed: { ms: number(0, maxDelayMs) },
  uniform: { minMs: number(0, maxDelayMs), maxMs: number(0, maxDelayMs) },
  normal: { meanMs: number(0, maxDelayMs), deviationMs: number(0, maxDelayMs) },
}

const effects: Readonly<Record<string, Shape>> = {
  latency: { delay: isObject },
  error: { status: optional(whole(400, 599)), code: optional(matching(/^[A-Z][A-Z0-9_]{0,63}$/, 'UPPER_SNAKE_CASE')) },
  abort: {},
  'slow-body': { bytesPerSecond: whole(1, 1e9) },
  'cut-body': { after: optional(share(0)) },
}

const text = matching(/^[^\p{Cc}]{1,200}$/u, 'text of 1 to 200 characters')

const targetShape: Shape = {
  side: optional(oneOf(['requests', 'calls'])),
  service: optional(text),
  method: optional(matching(/^[A-Z]{1,20}$/, 'an upper-case method')),
  route: optional(text),
  upstream: optional(text),
  headers: optional(isObject),
  tenant: optional(text),
}

const faultShape: Shape = {
  effect: isObject,
  target: optional(isObject),
  share: optional((value) => (isNumber(value) && value > 0 && value <= 1 ? undefined : 'a share above 0, at most 1')),
  durationMs: () => undefined,
  seed: optional(whole(0, 2 ** 32 - 1)),
  reason: optional(text),
}

type Shape = Readonly<Record<string, Check>>
type JsonObject = Readonly<Record<string, unknown>>

export interface ReadFaultOptions {
  readonly maxDurationMs?: number
}

/** @throws ServiceError `BAD_FAULT` (400) with all problems in `details.problems`. */
export function readFault(value: unknown, { maxDurationMs = defaultMaxDurationMs }: ReadFaultOptions = {}): Fault {
  const problems = isPlain(value) ? problemsOf(value, maxDurationMs) : ['expected an object']
  // Each member has been checked just now.
  if (problems.length === 0) return value as unknown as Fault
  throw new ServiceError('BAD_FAULT', `This is no fault that could be injected: ${problems.join('; ')}.`, {
    status: 400,
    details: { problems },
  })
}

function problemsOf(fault: JsonObject, maxDurationMs: number): string[] {
  const shape = { ...faultShape, durationMs: number(1, maxDurationMs) }
  const { effect, target = {} } = fault
  const problems = misfits(fault, shape, '')
  if (isPlain(effect)) problems.push(...problemsOfEffect(effect))
  if (isPlain(target)) problems.push(...problemsOfTarget(target, isPlain(effect) ? effect.kind : undefined))
  return problems
}

function problemsOfEffect({ kind, ...rest }: JsonObject): string[] {
  const problems = problemsOfKind({ kind, ...rest }, effects, 'effect')
  if (kind !== 'latency' || !isPlain(rest.delay)) return problems
  const { minMs, maxMs } = rest.delay
  problems.push(...problemsOfKind(rest.delay, delays, 'effect.delay'))
  if (isNumber(minMs) && isNumber(maxMs) && minMs > maxMs) problems.push('effect.delay: minMs is above maxMs')
  return problems
}

function problemsOfKind({ kind, ...rest }: JsonObject, shapes: Readonly<Record<string, Shape>>, at: string): string[] {
  const shape = typeof kind === 'string' && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  if (shape === undefined) return [`${at}.kind: expected one of ${Object.keys(shapes).join(', ')}`]
  return misfits(rest, shape, `${at}.`)
}

function problemsOfTarget(target: JsonObject, effect: unknown): string[] {
  const problems = misfits(target, targetShape, 'target.')
  const { side = 'requests', upstream, headers } = target
  if (side === 'requests' && upstream !== undefined) problems.push("target.upstream: needs side 'calls'")
  if (side === 'calls' && (effect === 'slow-body' || effect === 'cut-body')) {
    problems.push(`effect.kind: '${effect}' is for requests; inject it into the service that is called`)
  }
  if (isPlain(headers)) problems.push(...problemsOfHeaders(headers))
  return problems
}

function problemsOfHeaders(headers: JsonObject): string[] {
  const names = Object.entries(headers)
  if (names.length > 8) return ['target.headers: expected at most 8']
  return names.flatMap(([name, value]) => {
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name)) return ['target.headers: expected lower-case header names']
    const problem = text(value)
    return problem === undefined ? [] : [`target.headers.${name}: expected ${problem}`]
  })
}

/** Members that are missing, wrong or unknown: an option with a slip in its name must not do nothing. */
function misfits(value: JsonObject, shape: Shape, at: string): string[] {
  const wrong = Object.entries(shape).flatMap(([name, check]) => {
    const problem = check(value[name])
    return problem === undefined ? [] : [`${at}${name}: expected ${problem}`]
  })
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(shape, name))
  return [...wrong, ...unknown.map((name) => `${at}${name.slice(0, 40)}: is no member; known are ${knownOf(shape)}`)]
}

function knownOf(shape: Shape): string {
  return Object.keys(shape).join(', ') || 'none'
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value))
}

function number(min: number, max: number): Check {
  return (value) => (isNumber(value) && value >= min && value <= max ? undefined : `a number from ${min} to ${max}`)
}

function whole(min: number, max: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`
}

function share(min: number): Check {
  return (value) => (isNumber(value) && value >= min && value < 1 ? undefined : `a share from ${min} to below 1`)
}

function oneOf(words: readonly string[]): Check {
  return (value) => (words.includes(value as string) ? undefined : `one of ${words.join(', ')}`)
}

function matching(pattern: RegExp, expected: string): Check {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : expected)
}

function isObject(value: unknown): string | undefined {
  return isPlain(value) ? undefined : 'an object'
}

function isPlain(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
