import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allTargets, chooseTargets } from './targets.ts'

const all = allTargets([{ root: '/project' }])

describe('targets', () => {
  it('have names of their own', () => {
    const names = all.map(({ name }) => name)
    assert.deepEqual(names, [...new Set(names)])
  })

  for (const { wanted, found, why } of [
    { wanted: ['limit'], found: ['limit'], why: 'one name' },
    {
      wanted: ['genever-bun', 'limit'],
      found: ['limit', 'genever-bun'],
      why: 'several, in the order in which they stand',
    },
    {
      wanted: ['genever-*-libc'],
      found: ['genever-bun-libc', 'genever-node-libc'],
      why: 'a pattern matches whole names',
    },
  ]) {
    it(`are chosen by name: ${why}`, () => {
      assert.deepEqual(
        chooseTargets(all, wanted).map(({ name }) => name),
        found,
      )
    })
  }

  it('that do not exist are named, beside those that do', () => {
    assert.throws(
      () => chooseTargets(all, ['limit', 'genever.bun']),
      /no target is called genever\.bun; there are limit, /,
    )
  })
})
