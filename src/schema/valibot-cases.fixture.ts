/** Schemas of valibot of every kind, those that are compiled and those that must not be, with values for them. */
import fc from 'fast-check'
import * as v from 'valibot'
import { mostly, numbers, objectsOf, strangeValues, texts } from './strange-values.fixture.ts'
import type { SchemaCase } from './validator.contract.ts'

type AnySchema = v.GenericSchema

interface ValibotCase extends SchemaCase {
  readonly schema: AnySchema
}

const count = fc.integer({ min: 0, max: 3 })
const limit = fc.constantFrom(-1, 0, 1, 2.5, 10)

type StringStep = v.PipeItem<string, string, v.BaseIssue<unknown>>
type NumberStep = v.PipeItem<number, number, v.BaseIssue<unknown>>

const stringSteps: fc.Arbitrary<StringStep> = fc.oneof(
  count.map((n) => v.minLength<string, number>(n)),
  count.map((n) => v.maxLength<string, number>(n + 1)),
  count.map((n) => v.length<string, number>(n)),
  fc.constantFrom<StringStep>(
    v.nonEmpty(),
    v.regex(/a/),
    v.regex(/a/g),
    v.startsWith('a'),
    v.endsWith('b'),
    v.includes('b'),
    v.excludes('b'),
    v.email(),
    v.uuid(),
    v.isoTimestamp(),
    v.url(),
    v.trim(),
    v.toUpperCase(),
    v.check((text) => text !== 'a'),
    v.minGraphemes(2),
    v.title('text'),
    v.brand('b') as StringStep,
    { ...v.minLength<string, number>(1), '~run': (dataset: v.OutputDataset<string, never>) => dataset } as StringStep,
  ),
)

const numberSteps: fc.Arbitrary<NumberStep> = fc.oneof(
  limit.map((n) => v.minValue<number, number>(n)),
  limit.map((n) => v.maxValue<number, number>(n)),
  limit.map((n) => v.gtValue<number, number>(n)),
  limit.map((n) => v.ltValue<number, number>(n)),
  fc.constantFrom<NumberStep>(
    v.integer(),
    v.safeInteger(),
    v.finite(),
    v.multipleOf(2),
    v.toMinValue(2),
    v.check((n) => n !== 1),
    v.value(1),
  ),
)

function piped(schema: AnySchema, steps: readonly unknown[]): AnySchema {
  return steps.length === 0 ? schema : (v.pipe as unknown as (...items: unknown[]) => AnySchema)(schema, ...steps)
}

const strings = fc
  .array(stringSteps, { maxLength: 3 })
  .map((steps) => ({ schema: piped(v.string(), steps), value: mostly(texts) }))

const numbersOf = fc
  .array(numberSteps, { maxLength: 3 })
  .map((steps) => ({ schema: piped(v.number(), steps), value: mostly(fc.oneof(numbers, texts)) }))

const others = fc
  .constantFrom<() => AnySchema>(
    () => v.boolean(),
    () => v.null(),
    () => v.undefined(),
    () => v.any(),
    () => v.unknown(),
    () => v.nan(),
    () => v.date(),
    () => v.bigint(),
    () => v.literal('x'),
    () => v.literal(-0),
    () => v.picklist(['x', 'y', 1] as never),
    () => v.enum({ Small: 0, 0: 'Small', Large: 'large' }),
    () => v.custom((value) => value === 'x'),
    () => v.lazy(() => v.string()),
    () => v.blob(),
    () =>
      ({
        ...v.string(),
        '~run': (dataset: { value: unknown; typed?: boolean }) => ({ ...dataset, typed: true }),
      }) as AnySchema,
  )
  .map((make) => ({
    schema: make(),
    value: mostly(fc.constantFrom<unknown>(true, false, null, undefined, 'x', 'y', 1, 0, -0, 'large'), 4),
  }))

const name = fc.constantFrom('a', 'b', 'kind', 'toString', 'constructor', '1', 'é"\n', '__proto__')

const wrappers = fc.constantFrom<(s: AnySchema) => AnySchema>(
  (s) => v.optional(s),
  (s) => v.nullable(s),
  (s) => v.nullish(s),
  (s) => v.optional(s, 'x'),
  (s) => v.optional(s, { a: 'x' }),
  (s) => v.optional(s, () => 'x'),
  (s) => v.optional(s, null),
  (s) => v.nullish(s, 1),
  (s) => v.nullable(s, 'x'),
  (s) => v.exactOptional(s),
  (s) => v.undefinedable(s),
  (s) => v.nonOptional(s),
  (s) => v.fallback(s, 'fallback'),
  (s) => v.config(s, { abortEarly: true }),
  (s) => piped(s, [v.check((value) => value !== 'x')]),
  (s) => piped(s, [v.transform((value) => [value])]),
  (s) => piped(s, [v.readonly()]),
)

const makers = fc.constantFrom<(entries: Record<string, AnySchema>) => AnySchema>(
  (entries) => v.object(entries),
  (entries) => v.object(entries),
  (entries) => v.strictObject(entries),
  (entries) => v.looseObject(entries),
  (entries) => v.objectWithRest(entries, v.string()),
  (entries) => v.partial(v.object(entries)),
  (entries) => piped(v.object(entries), [v.check((value) => !('z' in (value as object)))]),
)

export const valibotCases: fc.Arbitrary<ValibotCase> = fc.letrec<{ any: ValibotCase }>((tie) => {
  const any = tie('any')
  const members = fc.dictionary(name, any, { maxKeys: 4 }).map((found) => new Map(Object.entries(found)))
  const schemasOf = (found: ReadonlyMap<string, ValibotCase>) =>
    Object.fromEntries([...found].map(([key, { schema }]) => [key, schema]))
  const valuesOf = (found: ReadonlyMap<string, ValibotCase>) =>
    new Map([...found].map(([key, { value }]): [string, fc.Arbitrary<unknown>] => [key, value]))

  const wrapped = fc
    .tuple(any, wrappers)
    .map(([inner, wrap]) => ({ schema: wrap(inner.schema), value: mostly(inner.value, 5) }))
  const arrays = fc.tuple(any, fc.array(count, { maxLength: 2 })).map(([{ schema, value }, lengths]) => ({
    schema: piped(
      v.array(schema),
      lengths.map((n, index) => (index === 0 ? v.minLength(n) : v.maxLength(n + 1))),
    ),
    value: mostly(fc.array(value, { maxLength: 4 })),
  }))
  const tuples = fc
    .tuple(fc.array(any, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 3 }))
    .map(([items, kind]) => {
      const schemas = items.map(({ schema }) => schema)
      const makes = [v.tuple, v.strictTuple, v.looseTuple, (found: AnySchema[]) => v.tupleWithRest(found, v.string())]
      return {
        schema: (makes[kind] as (found: AnySchema[]) => AnySchema)(schemas),
        value: mostly(
          fc
            .tuple(fc.tuple(...items.map(({ value }) => value)), fc.array(texts, { maxLength: 1 }))
            .map(([first, more]) => [...first, ...more].slice(0, 3)),
        ),
      }
    })
  const objects = fc.tuple(members, makers).map(([found, make]) => ({
    schema: make(schemasOf(found)),
    value: mostly(objectsOf(valuesOf(found))),
  }))
  const records = any.map(({ schema, value }) => ({
    schema: v.record(v.string(), schema),
    value: mostly(fc.dictionary(fc.oneof(texts, fc.constantFrom('__proto__', 'prototype')), value, { maxKeys: 3 })),
  }))
  const unions = fc.array(any, { minLength: 1, maxLength: 3 }).map((options) => ({
    schema: v.union(options.map(({ schema }) => schema)),
    value: mostly(fc.oneof(...options.map(({ value }) => value))),
  }))
  const variants = fc.tuple(members, members).map(([one, two]) => ({
    schema: v.variant('kind', [
      v.object({ ...schemasOf(one), kind: v.literal('x') }),
      v.strictObject({ ...schemasOf(two), kind: v.picklist(['y', 'z']) }),
    ]) as AnySchema,
    value: mostly(
      fc.oneof(
        objectsOf(valuesOf(one).set('kind', fc.constant('x'))),
        objectsOf(valuesOf(two).set('kind', fc.constantFrom('y', 'z', 'none'))),
      ),
    ),
  }))
  const leaf = fc.oneof(strings, numbersOf, others)
  return {
    any: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      leaf,
      wrapped,
      arrays,
      tuples,
      objects,
      objects,
      records,
      unions,
      variants,
      leaf.map(({ schema }) => ({ schema, value: strangeValues })),
    ),
  }
}).any
