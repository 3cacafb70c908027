import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reserveColors, seriesColor, slots } from './series-color.ts'

describe('colours of services', () => {
  it('differ as long as there are enough, and stay', () => {
    const names = ['gateway', 'users', 'orders', 'inventory', 'points', 'payments', 'notifications']
    reserveColors(names)
    const colors = names.map(seriesColor)
    assert.equal(new Set(colors).size, names.length)
    reserveColors(['a', 'b', 'c', 'd', 'e', 'f'])
    assert.deepEqual(names.map(seriesColor), colors)
    assert.match(seriesColor('one more'), new RegExp(`^var\\(--series-[0-${slots - 1}]\\)$`))
  })
})
