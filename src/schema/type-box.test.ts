import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import * as Value from 'typebox/value'
import { compileCoercer } from './coerce.ts'
import { compileSerializer } from './serializer.ts'
import { fromTypeBox } from './type-box.ts'
import { compileValidator } from './validator.ts'

describe('a type of TypeBox as a schema', () => {
  const OrderType = Type.Object({
    'a/b~c': Type.Integer({ minimum: 1 }),
    lines: Type.Array(Type.Object({ sku: Type.String({ minLength: 2 }) })),
  })
  const Order = fromTypeBox<Type.Static<typeof OrderType>>(OrderType, Value)

  it('passes on what is valid, as it is', () => {
    const order = { 'a/b~c': 1, lines: [{ sku: 'tea' }], more: true }
    const outcome = compileValidator(Order)(order, 'body')
    assert.ok(!(outcome instanceof Promise))
    assert.equal(outcome.value, order)
  })

  it('names places and rules of what is not', () => {
    const outcome = compileValidator(Order)({ 'a/b~c': 0, lines: [{ sku: 't' }] }, 'body')
    assert.ok(!(outcome instanceof Promise))
    assert.deepEqual(
      outcome.errors?.map(({ path, rule }) => [path, rule]),
      [
        ['/a~1b~0c', 'minimum'],
        ['/lines/0/sku', 'minLength'],
      ],
    )
  })

  it('is JSON Schema for everything else', () => {
    assert.equal(JSON.stringify(compileCoercer(Order)({ 'a/b~c': '7' })), '{"a/b~c":7}')
    assert.equal(compileSerializer(Order)({ 'a/b~c': 7, secret: 1, lines: [] }), '{"a/b~c":7,"lines":[]}')
  })

  const left = [
    { type: Type.Refine(Type.String(), () => false), notes: /~refine/, why: 'a refinement' },
    { type: Type.Codec(Type.String()).Decode(Number).Encode(String), notes: /~codec/, why: 'a codec' },
    { type: Type.String({ format: 'email' }), notes: /format/, why: 'a format, which may be redefined' },
    { type: { ...Type.String() }, notes: /undefined/, why: 'a copy that has lost its kind' },
  ]
  for (const { type, notes, why } of left) {
    it(`leaves to TypeBox ${why}`, () => {
      const check = compileValidator(fromTypeBox(type, Value))
      assert.equal(check.mode, 'library')
      assert.match(check.notes.join(), notes)
    })
  }
})
