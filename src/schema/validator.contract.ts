/** What every compiled check must do: exactly what its library does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AllowList, everything } from './internal/allow-list.ts'
import { byLibrary } from './internal/by-library.ts'
import { refused, unsure } from './internal/check-source.ts'
import { compileCheck } from './internal/compile-check.ts'
import type { Schema } from './schema.ts'

/** A schema that a test made up, and values that fit, nearly fit, or are made to confuse. */
export interface SchemaCase {
  readonly schema: Schema
  readonly value: fc.Arbitrary<unknown>
}

export interface CompiledLibrary {
  readonly name: string
  readonly cases: fc.Arbitrary<SchemaCase>
  /** How many cases; most of them with ten values. */
  readonly runs: number
}

const valuesPerSchema = 10

export function testCompiledChecks({ name, cases, runs }: CompiledLibrary): void {
  const withValues = cases.chain(({ schema, value }) =>
    fc.record({
      schema: fc.constant(schema),
      values: fc.array(value, { minLength: valuesPerSchema, maxLength: valuesPerSchema }),
    }),
  )

  describe(`compiled checks of ${name}`, () => {
    it('let through what the library lets through, and make of it what the library makes', () => {
      const seen = { schemas: 0, compiled: 0, valid: 0, invalid: 0, unsure: 0 }
      fc.assert(
        fc.property(withValues, ({ schema, values }) => {
          seen.schemas++
          const { check } = compileCheck(schema)
          if (check === undefined) return
          seen.compiled++
          for (const value of values) {
            const expected = libraryOutcome(schema, value)
            if (expected === 'no') seen.invalid++
            else seen.valid++
            const actual = outcome(check, value)
            if (actual === unsureOutcome) seen.unsure++
            else assert.equal(actual, expected)
          }
        }),
        { numRuns: runs },
      )
      const enough = runs / 10
      assert.ok(
        seen.compiled > enough && seen.schemas - seen.compiled > enough,
        `of both kinds: ${JSON.stringify(seen)}`,
      )
      assert.ok(seen.valid > enough && seen.invalid > enough, `with both results: ${JSON.stringify(seen)}`)
      assert.ok(seen.unsure < seen.valid / 20, `seldom in doubt: ${JSON.stringify(seen)}`)
    })

    it('would let through more without the list of what is known', () => {
      assert.equal(typeof firstDifference(everything), 'string')
      assert.equal(firstDifference(undefined), undefined)
    })
  })

  function firstDifference(allowed: AllowList | undefined): string | undefined {
    for (const { schema, values } of fc.sample(withValues, { numRuns: 500, seed: 1 })) {
      const { check } = compileCheck(schema, allowed)
      if (check === undefined) continue
      for (const value of values) {
        const [expected, actual] = [libraryOutcome(schema, value), outcome(check, value)]
        if (actual !== expected && actual !== unsureOutcome) return `${expected} became ${actual}`
      }
    }
    return undefined
  }
}

const unsureOutcome = 'unsure: the library is asked'

function outcome(check: (value: unknown) => unknown, value: unknown): string {
  const inside = objectsIn(value)
  try {
    const output = check(value)
    return output === refused ? 'no' : fingerprint(output, inside)
  } catch (error) {
    assert.equal(error, unsure)
    return unsureOutcome
  }
}

function libraryOutcome(schema: Schema, value: unknown): string {
  const inside = objectsIn(value)
  const result = resultOf(schema, value)
  if (result === undefined) return 'no'
  if (result instanceof Promise) {
    result.catch(() => {})
    return 'a promise'
  }
  return result.errors === undefined ? fingerprint(result.value, inside) : 'no'
}

/** Undefined where the library stumbles: it must be asked, so that it can. */
function resultOf(schema: Schema, value: unknown): ReturnType<typeof byLibrary> | undefined {
  try {
    return byLibrary(schema, value, 'body')
  } catch {
    return undefined
  }
}

/** Everything that can be told of a value: order and kind of members, prototypes, holes, -0, and which objects are the input's. */
export function fingerprint(value: unknown, inside: ReadonlySet<object>): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value)
  const origin = inside.has(value) ? 'same ' : ''
  const frozen = Object.isFrozen(value) && !inside.has(value) ? 'frozen ' : ''
  const members = Reflect.ownKeys(value).map((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    const said = descriptor?.get === undefined ? fingerprint(descriptor?.value, inside) : 'an accessor'
    return `${descriptor?.enumerable ? '' : 'hidden '}${String(key)}: ${said}`
  })
  return `${origin}${frozen}${prototypeOf(value)} { ${members.join(', ')} }`
}

function prototypeOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return 'null'
  if (prototype === Object.prototype) return 'Object'
  return prototype === Array.prototype ? 'Array' : 'another'
}

function objectsIn(value: unknown, found: Set<object> = new Set()): ReadonlySet<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found
  found.add(value)
  for (const key of Reflect.ownKeys(value)) objectsIn(Object.getOwnPropertyDescriptor(value, key)?.value, found)
  return found
}
