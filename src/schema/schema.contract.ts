/** What every library's schemas must do behind `validate`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FieldError } from './field-error.ts'
import type { Schema } from './schema.ts'
import { type Validated, validate } from './validate.ts'

export interface SchemaLibrary {
  readonly name: string
  /** `{ name: string of 2 and more, age: integer of 0 and more, tags: string[], [] if left out }` */
  readonly person: Schema
  /** `{ password: string of 12 and more, pin: string of 4 digits, email?: address, choice?: 'yes' | 'no' }` */
  readonly secrets: Schema
  /** Record of string to number. */
  readonly scores: Schema
  /** `{ id: number }` that keeps other members. */
  readonly open: Schema
  /** `{ name: string }` whose name must be free; the error says `is taken`. */
  uniqueName(isFree: (name: string) => Promise<boolean>): Schema
  /** `{ name: string }` that lets `rule` decide; the error says `is refused`. */
  ruled(rule: (name: string) => boolean): Schema
  readonly rules: {
    readonly notString: string
    readonly notNumber: string
    readonly tooShort: string
    readonly custom: string
  }
}

export function testSchemaLibrary(library: SchemaLibrary): void {
  const { name, person, secrets, scores, open, uniqueName, ruled, rules } = library

  describe(`validate with ${name}`, () => {
    it('gives the value with its defaults, without a promise', () => {
      const outcome = validate(person, { name: 'Ada', age: 36 }, 'body')
      assert.ok(!(outcome instanceof Promise))
      assert.deepEqual({ ...(outcome.value as object) }, { name: 'Ada', age: 36, tags: [] })
    })

    it('collects every error with its place and rule', () => {
      const errors = errorsOf(validate(person, { name: 'A', age: 'old', tags: ['x', 1] }, 'query'))
      assert.deepEqual(
        errors.map(({ in: location, path, rule }) => ({ location, path, rule })),
        [
          { location: 'query', path: '/name', rule: rules.tooShort },
          { location: 'query', path: '/age', rule: rules.notNumber },
          { location: 'query', path: '/tags/1', rule: rules.notString },
        ],
      )
      assert.ok(errors.every(({ message }) => message.length > 3))
    })

    it('points at the whole with an empty path', () => {
      const [error] = errorsOf(validate(person, 'nobody', 'body'))
      assert.equal(error?.path, '')
    })

    it('escapes names in a path as RFC 6901 says and shortens them', () => {
      const paths = errorsOf(validate(scores, { 'a/b~c': 'x', ['n'.repeat(5_000)]: 'x' }, 'body')).map(
        ({ path }) => path,
      )
      assert.equal(paths[0], '/a~1b~0c')
      assert.ok((paths[1] as string).length < 300)
    })

    const values = [
      { why: 'long', input: { password: 'hunter2', pin: 'no-digits', email: 'not@an@address', choice: 'perhaps' } },
      { why: 'short', input: { password: 'pw', pin: 'ab', email: 'q', choice: 'y' } },
      { why: 'numbers', input: { password: 90210, pin: 4711.5, email: 31337, choice: 2718281n } },
      { why: 'quoted', input: { password: 'a"b\'c\n', pin: '"x"', email: '`', choice: "y'" } },
    ]
    for (const { why, input } of values) {
      it(`never repeats what was sent: ${why}`, () => {
        for (const { path, message } of errorsOf(validate(secrets, input, 'body'))) {
          const value = String(input[path.slice(1) as keyof typeof input])
          const said = value.length < 4 ? `"${value}"` : value
          assert.ok(!message.includes(said), message)
          assert.ok(!message.includes(JSON.stringify(value)), message)
        }
      })
    }

    it('reports 100 errors and no more', () => {
      const input = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`n${i}`, 'x']))
      assert.equal(errorsOf(validate(scores, input, 'body')).length, 100)
    })

    it('asks an asynchronous rule once', async () => {
      const asked: string[] = []
      const schema = uniqueName(async (candidate) => asked.push(candidate) > 1)
      const first = await validate(schema, { name: 'ada' }, 'body')
      const second = await validate(schema, { name: 'bob' }, 'body')
      assert.deepEqual(asked, ['ada', 'bob'])
      assert.deepEqual(
        first.errors?.map(({ path, rule }) => ({ path, rule })),
        [{ path: '/name', rule: rules.custom }],
      )
      assert.match(String(first.errors?.[0]?.message), /is taken/)
      assert.deepEqual({ ...(second.value as object) }, { name: 'bob' })
    })

    it('passes on what an asynchronous rule rejects with, and leaves no other rejection behind', async () => {
      const unhandled: unknown[] = []
      const note = (reason: unknown) => unhandled.push(reason)
      process.on('unhandledRejection', note)
      const schema = uniqueName(async () => {
        throw new Error('the database is down')
      })
      await assert.rejects(async () => validate(schema, { name: 'ada' }, 'body'), /the database is down/)
      await new Promise((resolve) => setImmediate(resolve))
      process.off('unhandledRejection', note)
      assert.deepEqual(unhandled, [])
    })

    it('stays synchronous with rules that are', () => {
      let calls = 0
      const schema = ruled((candidate) => ++calls > 0 && candidate === 'ada')
      const accepted = validate(schema, { name: 'ada' }, 'body')
      assert.ok(!(accepted instanceof Promise))
      assert.deepEqual(accepted.value, { name: 'ada' })
      const [error] = errorsOf(validate(schema, { name: 'bob' }, 'body'))
      assert.deepEqual([error?.rule, error?.message], [rules.custom, 'is refused'])
      assert.equal(calls, 2)
    })

    const hostile = ['{"id":1,"__proto__":{"polluted":1}}', '{"id":1,"constructor":{"prototype":{"polluted":1}}}']
    for (const text of hostile) {
      it(`is not poisoned by ${text}`, () => {
        for (const schema of [open, scores, person]) {
          const outcome = validate(schema, JSON.parse(text), 'body')
          assert.ok(!(outcome instanceof Promise))
          assert.equal((outcome.value as { polluted?: unknown } | undefined)?.polluted, undefined)
        }
        assert.equal(({} as { polluted?: unknown }).polluted, undefined)
      })
    }
  })
}

function errorsOf(outcome: Validated<unknown> | Promise<unknown>): readonly FieldError[] {
  assert.ok(!(outcome instanceof Promise))
  assert.ok(outcome.errors !== undefined, 'it was accepted')
  return outcome.errors
}
