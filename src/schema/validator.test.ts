import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { runtimeName } from '../platform/runtime.ts'
import { fromJsonSchema } from './json-schema.ts'
import { jsonSchemaCases } from './json-schema-cases.fixture.ts'
import type { Schema } from './schema.ts'
import { typeBoxCases } from './type-box-cases.fixture.ts'
import { valibotCases } from './valibot-cases.fixture.ts'
import { validate } from './validate.ts'
import { testCompiledChecks } from './validator.contract.ts'
import { compileValidator } from './validator.ts'
import { zodCases } from './zod-cases.fixture.ts'

describe('a validator', () => {
  const Order = z.object({ sku: z.string().min(2), count: z.int().min(1).default(1), note: z.string().optional() })

  it('gives what the library gives, as a new object in declared order', () => {
    const check = compileValidator(Order)
    const input = { secret: 1, count: 2, sku: 'tea' }
    const outcome = check(input, 'body')
    assert.deepEqual([check.mode, check.notes], ['compiled', []])
    assert.equal(JSON.stringify(outcome), '{"value":{"sku":"tea","count":2}}')
    assert.deepEqual(check({ sku: 'tea' }, 'body'), { value: { sku: 'tea', count: 1 } })
  })

  it('leaves the words to the library', () => {
    const outcome = compileValidator(Order)({ sku: 't', count: 0 }, 'query')
    assert.ok(!(outcome instanceof Promise))
    assert.deepEqual(
      outcome.errors?.map(({ in: location, path, rule }) => [location, path, rule]),
      [
        ['query', '/sku', 'too_small'],
        ['query', '/count', 'too_small'],
      ],
    )
  })

  it('asks for a default each time, as the library does', () => {
    let count = 0
    const check = compileValidator(z.object({ id: z.int().default(() => ++count) }))
    check.mode
    const before = count
    assert.deepEqual(
      [check({}, 'body'), check({}, 'body')],
      [{ value: { id: before + 1 } }, { value: { id: before + 2 } }],
    )
  })

  const ring: z.ZodType = z.object({
    get inner() {
      return ring.optional()
    },
  })
  const left: { schema: Schema; notes: RegExp; why: string }[] = [
    { schema: z.string().refine(() => true), notes: /custom/, why: 'a refinement' },
    { schema: z.object({ a: z.string().trim() }), notes: /overwrite/, why: 'a transformation, deep inside' },
    { schema: z.coerce.number(), notes: /coerces/, why: 'coercion' },
    { schema: z.url(), notes: /ZodURL/, why: 'a format that is more than a pattern' },
    { schema: z.string().catch(''), notes: /catch/, why: 'a value for what is wrong' },
    { schema: z.array(z.string()).refine(() => true), notes: /custom/, why: 'a refined array' },
    { schema: z.object({}).check(z.refine(() => true)), notes: /object with checks/, why: 'a refined object' },
    {
      schema: z.string().check(mini.minLength(2, { when: () => false } as never)),
      notes: /condition/,
      why: 'a condition',
    },
    { schema: z.string().check(() => {}), notes: /custom/, why: 'a check that is a function' },
    { schema: z.intersection(z.any(), z.any()), notes: /intersection/, why: 'an intersection' },
    { schema: ring, notes: /holds itself/, why: 'a schema that holds itself' },
    { schema: Object.assign(z.string(), {}).meta({ a: 1 }).or(z.date()), notes: /date/, why: 'an alternative' },
    {
      schema: v.pipe(
        v.string(),
        v.check(() => true),
      ),
      notes: /valibot: check/,
      why: 'a check of the user',
    },
    { schema: v.object({ a: v.pipe(v.string(), v.trim()) }), notes: /valibot: trim/, why: 'a transformation' },
    { schema: v.pipe(v.string(), v.regex(/a/g)), notes: /regex/, why: 'an expression that remembers' },
    { schema: v.fallback(v.string(), ''), notes: /fallback/, why: 'a value for what is wrong' },
    { schema: v.config(v.string(), { abortEarly: true }), notes: /another way/, why: 'a schema wrapped' },
    {
      schema: {
        ...v.pipe(v.string(), v.email()),
        '~run': (dataset: object) => Object.assign(dataset, { typed: true }),
      } as Schema,
      notes: /another way/,
      why: 'a pipe that runs in another way',
    },
    { schema: v.optional(v.string(), () => 'x'), notes: /a function/, why: 'a default that is made' },
    {
      schema: v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
      notes: /asynchronous/,
      why: 'what waits',
    },
    { schema: fromJsonSchema({}, () => []), notes: /may do more/, why: 'a check that the user wrote' },
  ]
  for (const { schema, notes, why } of left) {
    it(`leaves a schema to its library that holds what is not on the list: ${why}`, () => {
      const check = compileValidator(schema)
      assert.equal(check.mode, 'library')
      assert.match(check.notes.join(), notes)
    })
  }

  const releases = [{ minor: 5 }, { minor: 7 }, { major: 5, minor: 6 }, undefined]
  for (const release of releases) {
    it(`leaves schemas of another zod to it: ${JSON.stringify(release)}`, () => {
      const schema = z.string()
      Object.assign(schema._zod, { version: release && { major: 4, patch: 0, ...release } })
      assert.equal(compileValidator(schema).mode, 'library')
    })
  }

  it('leaves kinds to zod that nobody here has heard of, and options too', () => {
    for (const change of [{ type: 'later' }, { later: true }]) {
      const schema = z.string()
      Object.assign(schema._zod.def, change)
      assert.equal(compileValidator(schema).mode, 'library')
    }
  })

  it('leaves schemas to zod that have been extended', () => {
    const schema = z.string()
    schema._zod.traits.add('MyString')
    assert.equal(compileValidator(schema).mode, 'library')
  })

  it('leaves a value to the library that throws when it is read', async () => {
    const value = {
      get sku() {
        throw new Error('gone')
      },
    }
    await assert.rejects(async () => compileValidator(Order)(value, 'body'), /gone/)
  })

  it('is what validate uses from the second time on', () => {
    const schema = z.object({ a: z.string() })
    for (let i = 0; i < 3; i++) assert.deepEqual(validate(schema, { a: 'x', b: 1 }, 'body'), { value: { a: 'x' } })
    assert.deepEqual(validate(z.string(), 1, 'body'), validate(z.string(), 2, 'body'))
  })

  const onlyNode = runtimeName !== 'node' && 'only Node.js has the flag'
  it('leaves everything to libraries where code may not be made from strings', { skip: onlyNode }, () => {
    const fixture = fileURLToPath(new URL('./fixtures/without-code.ts', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', fixture])
    const said = '{"a":1} compiled {"value":{"a":1}} library: this process forbids code from strings\n'
    assert.equal(stdout.toString(), said, stderr.toString())
  })
})

testCompiledChecks({ name: 'zod', cases: zodCases, runs: 1_000 })
testCompiledChecks({ name: 'valibot', cases: valibotCases, runs: 1_000 })
testCompiledChecks({ name: 'TypeBox', cases: typeBoxCases, runs: 1_000 })
testCompiledChecks({ name: 'JSON Schema', cases: jsonSchemaCases, runs: 1_000 })
