/** Schemas of zod of every kind, those that are compiled and those that must not be, with values for them. */
import fc from 'fast-check'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { mostly, numbers, objectsOf, texts } from './strange-values.fixture.ts'
import type { SchemaCase } from './validator.contract.ts'

interface ZodCase extends SchemaCase {
  readonly schema: z.ZodType
}

const count = fc.integer({ min: 0, max: 3 })
const limit = fc.constantFrom(-1, 0, 1, 2.5, 10)

const stringSteps = fc.oneof(
  count.map((n) => (s: z.ZodString) => s.min(n)),
  count.map((n) => (s: z.ZodString) => s.max(n + 1)),
  count.map((n) => (s: z.ZodString) => s.length(n)),
  fc.constantFrom<(s: z.ZodString) => z.ZodType>(
    (s) => s.regex(/a/),
    (s) => s.regex(/^a/gi),
    (s) => s.regex(/a/y),
    (s) => s.startsWith('a'),
    (s) => s.endsWith('b'),
    (s) => s.includes('b'),
    (s) => s.includes('b', { position: 1 }),
    (s) => s.lowercase(),
    (s) => s.uppercase(),
    (s) => s.trim(),
    (s) => s.toLowerCase(),
    (s) => s.normalize(),
    (s) => s.refine((text) => text !== 'a'),
    (s) => s.transform((text) => text.length),
    (s) => s.min(3, { when: ({ value }: { value: unknown }) => value !== 'a' } as never),
    (s) => s.min(2, { abort: true, error: () => 'too short' }),
    (s) =>
      s.superRefine((text, c) => {
        if (text === 'ab') c.addIssue('no')
      }),
    (s) =>
      s.check((c) => {
        c.value = `${c.value}!`
      }),
    (s) => s.check(mini.minLength(1), mini.email()),
    (s) => s.describe('text').meta({ id: `id${Math.random()}` }),
  ),
)

const strings = fc.array(stringSteps, { maxLength: 2 }).map((steps) => {
  let schema: z.ZodType = z.string()
  for (const step of steps) schema = schema instanceof z.ZodString ? (step(schema) as z.ZodType) : schema
  return { schema, value: mostly(texts) }
})

const formats = fc
  .constantFrom<() => z.ZodType>(
    () => z.email(),
    () => z.uuid(),
    () => z.iso.datetime(),
    () => z.iso.datetime({ offset: true }),
    () => z.url(),
    () => z.ipv4(),
    () => z.base64(),
    () => z.email({ pattern: /^a/g }),
    () => z.stringFormat('mine', (text) => text !== 'a'),
    () => z.string({ error: 'no text' }),
    () => mini.string().check(mini.minLength(1), mini.regex(/a/)) as unknown as z.ZodType,
    () => mini.string().check(mini.refine((text) => text !== 'a')) as unknown as z.ZodType,
    () => z.templateLiteral(['a', z.string()]),
  )
  .map((make) => ({ schema: make(), value: mostly(texts) }))

const numberSteps = fc.oneof(
  limit.map((n) => (s: z.ZodNumber) => s.min(n)),
  limit.map((n) => (s: z.ZodNumber) => s.max(n)),
  limit.map((n) => (s: z.ZodNumber) => s.gt(n)),
  limit.map((n) => (s: z.ZodNumber) => s.lt(n)),
  fc.constantFrom<(s: z.ZodNumber) => z.ZodType>(
    (s) => s.int(),
    (s) => s.positive(),
    (s) => s.nonnegative(),
    (s) => s.multipleOf(0.1),
    (s) => s.safe(),
    (s) => s.finite(),
    (s) => s.refine((n) => n !== 1),
    (s) => s.transform(String),
    (s) => s.check(z.int32() as never),
  ),
)

const numbersOf = fc
  .tuple(
    fc.constantFrom<() => z.ZodType>(
      () => z.number(),
      () => z.int(),
      () => z.int32(),
      () => z.uint32(),
      () => z.float32(),
      () => z.coerce.number(),
    ),
    fc.array(numberSteps, { maxLength: 2 }),
  )
  .map(([make, steps]) => {
    let schema = make()
    for (const step of steps) schema = schema instanceof z.ZodNumber ? (step(schema) as z.ZodType) : schema
    return { schema, value: mostly(fc.oneof(numbers, texts)) }
  })

/** As TypeScript makes an enum. */
const Size = { Small: 0, 0: 'Small', Large: 'large' } as const

const others = fc
  .constantFrom<() => z.ZodType>(
    () => z.boolean(),
    () => z.null(),
    () => z.undefined(),
    () => z.any(),
    () => z.unknown(),
    () => z.nan(),
    () => z.date(),
    () => z.void(),
    () => z.never(),
    () => z.bigint(),
    () => z.literal('x'),
    () => z.literal(['x', 1, null, undefined]),
    () => z.literal(-0),
    () => z.enum(['x', 'y']),
    () => z.enum(Size),
    () => z.coerce.boolean(),
    () => z.stringbool(),
    () => z.custom((value) => value === 'x'),
    () => z.instanceof(Map),
    () => z.json(),
    () => z.preprocess((value) => value ?? 'x', z.string()),
    () => z.lazy(() => z.string()),
  )
  .map((make) => ({
    schema: make(),
    value: mostly(fc.constantFrom<unknown>(true, false, null, undefined, 'x', 'y', 1, 0, -0, 'large', 'Small'), 4),
  }))

const name = fc.constantFrom('a', 'b', 'kind', 'toString', 'constructor', '1', 'é"\n', '__proto__')

/** By functions: schemas of zod/mini have no methods. */
const wrappers = fc.constantFrom<(s: z.ZodType) => z.ZodType>(
  (s) => z.optional(s),
  (s) => z.nullable(s),
  (s) => z.nullish(s),
  (s) => z._default(s, 'default'),
  (s) => z._default(s, () => ['made']),
  (s) => z._default(s, { made: true }),
  (s) => z.prefault(s, 'x'),
  (s) => z.readonly(s),
  (s) => z.nonoptional(s),
  (s) => z.exactOptional(s),
  (s) => z.catch(s, 'caught'),
  (s) => z.pipe(s, z.any()),
  (s) => z.intersection(s, z.any()),
  (s) => s.check(z.refine((value) => value !== 'x')),
  (s) =>
    z.pipe(
      s,
      z.transform((value) => [value]),
    ),
)

type Restrict = (schema: z.ZodObject) => z.ZodType

const restricts = fc.constantFrom<Restrict>(
  (s) => s,
  (s) => s,
  (s) => s.strict(),
  (s) => s.loose(),
  (s) => s.partial(),
  (s) => s.catchall(z.string()),
  (s) => s.catchall(z.number().optional()),
  (s) => s.refine((value) => !('z' in value)),
  (s) => s.readonly(),
)

export const zodCases: fc.Arbitrary<ZodCase> = fc.letrec<{ any: ZodCase }>((tie) => {
  const any = tie('any')
  const members = fc.dictionary(name, any, { maxKeys: 4 }).map((found) => new Map(Object.entries(found)))
  const wrapped = fc
    .tuple(any, wrappers)
    .map(([inner, wrap]) => ({ schema: wrap(inner.schema), value: mostly(inner.value, 5) }))
  const arrays = fc.tuple(any, count, fc.boolean()).map(([{ schema, value }, n, isLimited]) => ({
    schema: isLimited
      ? z
          .array(schema)
          .min(n)
          .max(n + 1)
      : z.array(schema),
    value: mostly(fc.array(value, { maxLength: 4 })),
  }))
  const tuples = fc.tuple(fc.array(any, { minLength: 1, maxLength: 3 }), fc.option(any)).map(([items, rest]) => ({
    schema: (z.tuple as (items: z.ZodType[], rest?: z.ZodType) => z.ZodType)(
      items.map(({ schema }) => schema),
      rest?.schema,
    ),
    value: mostly(
      fc
        .tuple(
          fc.tuple(...items.map(({ value }) => value)),
          fc.array(rest?.value ?? texts, { maxLength: 2 }),
          fc.boolean(),
        )
        .map(([first, more, isExact]) => (isExact ? first : [...first, ...more].slice(0, 3))),
    ),
  }))
  const objects = fc.tuple(members, restricts).map(([found, restrict]) => ({
    schema: restrict(z.object(Object.fromEntries([...found].map(([key, { schema }]) => [key, schema])))),
    value: mostly(objectsOf(new Map([...found].map(([key, { value }]) => [key, value])))),
  }))
  const minis = members.map((found) => ({
    schema: mini.object(
      Object.fromEntries([...found].map(([key, { schema }]) => [key, schema])),
    ) as unknown as z.ZodType,
    value: mostly(objectsOf(new Map([...found].map(([key, { value }]) => [key, value])))),
  }))
  const records = fc.tuple(any, fc.boolean()).map(([{ schema, value }, isNamed]) => ({
    schema: isNamed ? z.record(z.string().min(2), schema) : z.record(z.string(), schema),
    value: mostly(fc.dictionary(fc.oneof(texts, fc.constant('__proto__')), value, { maxKeys: 3 })),
  }))
  const unions = fc.array(any, { minLength: 1, maxLength: 3 }).map((options) => ({
    schema: z.union(options.map(({ schema }) => schema) as [z.ZodType]),
    value: mostly(fc.oneof(...options.map(({ value }) => value))),
  }))
  const exclusive = fc.tuple(any, any).map(([one, two]) => ({
    schema: z.xor([one.schema, two.schema]),
    value: mostly(fc.oneof(one.value, two.value)),
  }))
  const tagged = fc.tuple(members, members).map(([one, two]) => {
    const shape = (found: Map<string, ZodCase>, tag: z.ZodType) =>
      z.object({ ...Object.fromEntries([...found].map(([key, { schema }]) => [key, schema])), kind: tag })
    const values = (found: Map<string, ZodCase>, tag: fc.Arbitrary<unknown>) =>
      objectsOf(
        new Map([...found].map(([key, { value }]): [string, fc.Arbitrary<unknown>] => [key, value])).set('kind', tag),
      )
    return {
      schema: z.discriminatedUnion('kind', [
        shape(one, z.literal('x')),
        shape(two, z.enum(['y', 'z'])),
      ] as never) as z.ZodType,
      value: mostly(fc.oneof(values(one, fc.constant('x')), values(two, fc.constantFrom('y', 'z', 'none')))),
    }
  })
  const leaf = fc.oneof(strings, strings, formats, numbersOf, others)
  return {
    any: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      leaf,
      wrapped,
      arrays,
      tuples,
      objects,
      objects,
      minis,
      records,
      unions,
      exclusive,
      tagged,
    ),
  }
}).any
