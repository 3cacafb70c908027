import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { figure, table } from './table.ts'

describe('a table', () => {
  it('lines its columns up, names left and figures right', () => {
    const text = table(
      ['', 'a'],
      [
        ['Gin', '16.6'],
        ['the limit', '3.8'],
      ],
    )
    assert.equal(
      text,
      ['|           |    a |', '|:----------|-----:|', '| Gin       | 16.6 |', '| the limit |  3.8 |'].join('\n'),
    )
  })

  for (const { value, text, why } of [
    { value: 0.543_2, text: '0.54', why: 'two places below ten' },
    { value: 54.32, text: '54.3', why: 'one below a hundred' },
    { value: 5_432.1, text: '5,432', why: 'none above' },
    { value: Number.NaN, text: '–', why: 'nothing was measured' },
    { value: undefined, text: '–', why: 'nothing was measured' },
  ]) {
    it(`writes ${value} as ${text}: ${why}`, () => assert.equal(figure(value), text))
  }
})
