import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shapeOfDetail } from './detail-shape.ts'

describe('a detail of a health report', () => {
  const rows: { value: unknown; shape: unknown; why: string }[] = [
    { value: 21_001, shape: { kind: 'plain', text: '21001' }, why: 'a port is no quantity: no commas' },
    { value: 271.654_1, shape: { kind: 'plain', text: '271.7' }, why: 'a measurement has four digits that count' },
    { value: 0.999, shape: { kind: 'plain', text: '0.999' }, why: 'a target is not rounded to all of it' },
    { value: true, shape: { kind: 'plain', text: 'yes' }, why: 'words, not code' },
    { value: ['a', 'b'], shape: { kind: 'plain', text: 'a, b' }, why: 'a list of words stays on its line' },
    { value: [], shape: { kind: 'plain', text: 'none' }, why: 'nothing is said in a word' },
    { value: {}, shape: { kind: 'plain', text: 'none' }, why: 'so is an object without members' },
    { value: { a: 1 }, shape: { kind: 'members', items: [{ a: 1 }] }, why: 'members stand below the name' },
    {
      value: [{ a: 1 }, { a: 2 }],
      shape: { kind: 'members', items: [{ a: 1 }, { a: 2 }] },
      why: 'each item by itself',
    },
  ]
  for (const { value, shape, why } of rows)
    it(`${JSON.stringify(value)}: ${why}`, () => assert.deepEqual(shapeOfDetail(value), shape))
})
