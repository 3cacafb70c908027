import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { testSchemaLibrary } from './schema.contract.ts'
import type { Schema } from './schema.ts'
import { validate } from './validate.ts'

testSchemaLibrary({
  name: 'zod',
  person: z.object({ name: z.string().min(2), age: z.int().min(0), tags: z.array(z.string()).default([]) }),
  secrets: z.object({
    password: z.string().min(12),
    pin: z.string().regex(/^\d{4}$/),
    email: z.email().optional(),
    choice: z.enum(['yes', 'no']).optional(),
  }),
  scores: z.record(z.string(), z.number()),
  open: z.looseObject({ id: z.number() }),
  uniqueName: (isFree) => z.object({ name: z.string().refine(isFree, 'is taken') }),
  ruled: (rule) => z.object({ name: z.string().refine(rule, 'is refused') }),
  rules: { notString: 'invalid_type', notNumber: 'invalid_type', tooShort: 'too_small', custom: 'custom' },
})

testSchemaLibrary({
  name: 'zod/mini',
  person: mini.object({
    name: mini.string().check(mini.minLength(2)),
    age: mini.int().check(mini.gte(0)),
    tags: mini._default(mini.array(mini.string()), []),
  }),
  secrets: mini.object({
    password: mini.string().check(mini.minLength(12)),
    pin: mini.string().check(mini.regex(/^\d{4}$/)),
    email: mini.optional(mini.email()),
    choice: mini.optional(mini.enum(['yes', 'no'])),
  }),
  scores: mini.record(mini.string(), mini.number()),
  open: mini.looseObject({ id: mini.number() }),
  uniqueName: (isFree) => mini.object({ name: mini.string().check(mini.refine(isFree, 'is taken')) }),
  ruled: (rule) => mini.object({ name: mini.string().check(mini.refine(rule, 'is refused')) }),
  rules: { notString: 'invalid_type', notNumber: 'invalid_type', tooShort: 'too_small', custom: 'custom' },
})

testSchemaLibrary({
  name: 'valibot',
  person: v.object({
    name: v.pipe(v.string(), v.minLength(2)),
    age: v.pipe(v.number(), v.integer(), v.minValue(0)),
    tags: v.optional(v.array(v.string()), []),
  }),
  secrets: v.object({
    password: v.pipe(v.string(), v.minLength(12)),
    pin: v.pipe(v.string(), v.regex(/^\d{4}$/)),
    email: v.optional(v.pipe(v.string(), v.email())),
    choice: v.optional(v.picklist(['yes', 'no'])),
  }),
  scores: v.record(v.string(), v.number()),
  open: v.looseObject({ id: v.number() }),
  uniqueName: (isFree) => v.objectAsync({ name: v.pipeAsync(v.string(), v.checkAsync(isFree, 'is taken')) }),
  ruled: (rule) => v.object({ name: v.pipe(v.string(), v.check(rule, 'is refused')) }),
  rules: { notString: 'string', notNumber: 'number', tooShort: 'min_length', custom: 'check' },
})

describe('zod schemas that hold functions', () => {
  const input = { id: 'x', size: 5, mail: 'x', choice: 'c', either: null, more: [1] }
  const shape = {
    id: z.number(),
    size: z.number().max(3, 'at most three'),
    mail: z.email({ error: 'no address' }),
    choice: z.enum(['a', 'b']),
    either: z.union([z.string(), z.number()]),
    more: z.array(z.string()),
  }

  const holders: { why: string; schema: Schema }[] = [
    {
      why: 'a refinement',
      schema: z.object({
        ...shape,
        x: z
          .string()
          .optional()
          .refine(() => true),
      }),
    },
    { why: 'a transform', schema: z.object({ ...shape, x: z.string().transform(Number).optional() }) },
    { why: 'a preprocessor', schema: z.object({ ...shape, x: z.preprocess((x) => x, z.any()) }) },
    { why: 'a check of the whole', schema: z.object(shape).superRefine(() => {}) },
    {
      why: 'a check deep inside',
      schema: z.object({ ...shape, x: z.array(z.lazy(() => z.any().refine(Boolean))).optional() }),
    },
    { why: 'a catch-all', schema: z.object(shape).catchall(z.any().refine(Boolean)) },
  ]
  for (const { why, schema } of holders) {
    it(`say the same as those without: ${why}`, () => {
      const outcome = validate(schema, input, 'body')
      assert.deepEqual(outcome, validate(z.object(shape), input, 'body'))
      assert.equal((outcome as { errors: unknown[] }).errors.length, 6)
    })
  }

  it('may hold themselves', () => {
    interface Tree {
      value: number
      children: Tree[]
    }
    const tree: z.ZodType<Tree> = z.object({ value: z.number(), children: z.array(z.lazy(() => tree)) })
    assert.deepEqual(validate(tree, { value: 1, children: [{ value: 2, children: [] }] }, 'body'), {
      value: { value: 1, children: [{ value: 2, children: [] }] },
    })
  })
})

describe('a library that names no rule', () => {
  it('gets the rule `invalid`, and its errors at Standard Schema path segments', () => {
    const schema: Schema = {
      '~standard': {
        version: 1,
        vendor: 'other',
        validate: () => ({ issues: [{ message: 'bad', path: [{ key: 'a' }, 0, Symbol('s')] }] }),
      },
    }
    assert.deepEqual(validate(schema, {}, 'form'), {
      errors: [{ in: 'form', path: '/a/0/Symbol(s)', rule: 'invalid', message: 'bad' }],
    })
  })
})
