/** Types of TypeBox of every kind, those that are compiled and those that must not be, with values for them. */
import fc from 'fast-check'
import { type TObjectOptions, type TSchema, Type } from 'typebox'
import * as Value from 'typebox/value'
import { mostly, numbers, objectsOf, texts } from './strange-values.fixture.ts'
import { fromTypeBox } from './type-box.ts'
import type { SchemaCase } from './validator.contract.ts'

interface TypeCase {
  readonly type: TSchema
  readonly value: fc.Arbitrary<unknown>
}

const count = fc.integer({ min: 0, max: 3 })
const limit = fc.constantFrom(-1, 0, 1, 2.5, 10)

const strings = fc
  .record(
    {
      minLength: count,
      maxLength: count,
      pattern: fc.constantFrom('a', '^.b', /a/g as never),
      format: fc.constant('email'),
    },
    { requiredKeys: [] },
  )
  .chain((options) => fc.boolean().map((isFormatted) => (isFormatted ? options : withoutFormat(options))))
  .map((options) => ({ type: Type.String(options), value: mostly(texts) }))

function withoutFormat<T extends { format?: unknown }>({ format: _, ...options }: T): Omit<T, 'format'> {
  return options
}

const numbersOf = fc
  .tuple(
    fc.boolean(),
    fc.record(
      { minimum: limit, maximum: limit, exclusiveMinimum: limit, exclusiveMaximum: limit },
      { requiredKeys: [] },
    ),
    fc.constantFrom({}, {}, {}, { multipleOf: 2 }),
  )
  .map(([isWhole, options, more]) => ({
    type: isWhole ? Type.Integer({ ...options, ...more }) : Type.Number({ ...options, ...more }),
    value: mostly(fc.oneof(numbers, texts)),
  }))

const others = fc
  .constantFrom<() => TSchema>(
    () => Type.Boolean(),
    () => Type.Null(),
    () => Type.Undefined(),
    () => Type.Any(),
    () => Type.Unknown(),
    () => Type.BigInt(),
    () => Type.Never(),
    () => Type.Literal('x'),
    () => Type.Literal(1),
    () => Type.Enum(['x', 'y', 1]),
    () => Type.Refine(Type.String(), (text) => text !== 'a'),
    () => Type.Refine(Type.Any(), (value) => value !== 'x'),
    () => Type.Codec(Type.String()).Decode(Number).Encode(String),
    () => Type.Unsafe({ type: 'string' }),
    () => Type.String({ title: 'text', default: 1 }),
    () => Type.String({ not: { const: 'a' } } as never),
  )
  .map((make) => ({
    type: make(),
    value: mostly(fc.constantFrom<unknown>(true, false, null, undefined, 'x', 'y', 'a', 1, 0, -0), 4),
  }))

const name = fc.constantFrom('a', 'b', 'kind', 'toString', '1', 'é"\n')

const wrappers = fc.constantFrom<(type: TSchema) => TSchema>(
  (type) => Type.Readonly(type),
  (type) => Type.Refine(type, (value) => value !== 'x'),
  (type) => Type.Intersect([type, Type.Any()]),
  (type) => Type.Union([type, Type.Null()]),
)

const types: fc.Arbitrary<TypeCase> = fc.letrec<{ any: TypeCase }>((tie) => {
  const any = tie('any')
  const wrapped = fc
    .tuple(any, wrappers)
    .map(([inner, wrap]) => ({ type: wrap(inner.type), value: mostly(inner.value, 5) }))
  const arrays = fc.tuple(any, count, fc.boolean(), fc.boolean()).map(([{ type, value }, n, isLimited, isUnique]) => ({
    type: Type.Array(type, {
      ...(isLimited && { minItems: n, maxItems: n + 1 }),
      ...(isUnique && { uniqueItems: true }),
    }),
    value: mostly(fc.array(value, { maxLength: 4 })),
  }))
  const tuples = fc.array(any, { maxLength: 3 }).map((items) => ({
    type: Type.Tuple(items.map(({ type }) => type)),
    value: mostly(
      fc
        .tuple(fc.tuple(...items.map(({ value }) => value)), fc.array(texts, { maxLength: 1 }))
        .map(([first, more]) => [...first, ...more].slice(0, 3)),
    ),
  }))
  const members = fc
    .array(fc.tuple(name, any, fc.boolean()), { maxLength: 4 })
    .map(
      (found) =>
        new Map(
          found.map(([key, inner, isOptional]): [string, TypeCase] => [
            key,
            isOptional ? { type: Type.Optional(inner.type), value: inner.value } : inner,
          ]),
        ),
    )
  const options = fc.constantFrom<TObjectOptions>(
    {},
    {},
    { additionalProperties: false },
    { additionalProperties: Type.String() },
    { minProperties: 1 },
  )
  const objects = fc.tuple(members, options).map(([found, more]) => ({
    type: Type.Object(Object.fromEntries([...found].map(([key, { type }]) => [key, type])), more),
    value: mostly(objectsOf(new Map([...found].map(([key, { value }]) => [key, value])))),
  }))
  const records = any.map(({ type, value }) => ({
    type: Type.Record(Type.String(), type),
    value: mostly(fc.dictionary(texts, value, { maxKeys: 3 })),
  }))
  const unions = fc.array(any, { minLength: 1, maxLength: 3 }).map((found) => ({
    type: Type.Union(found.map(({ type }) => type)),
    value: mostly(fc.oneof(...found.map(({ value }) => value))),
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
      objects,
      records,
      unions,
    ),
  }
}).any

export const typeBoxCases: fc.Arbitrary<SchemaCase> = types.map(({ type, value }) => ({
  schema: fromTypeBox(type, Value),
  value,
}))
