import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeaderList } from './headers.ts'

const shared = new HeaderList().append('content-type', 'text/plain').append('vary', 'accept')

function own(): HeaderList {
  const list = new HeaderList()
  list.appendChecked('x-request-id', 'a1')
  list.appendShared(shared)
  return list
}

const all = ['x-request-id', 'a1', 'content-type', 'text/plain', 'vary', 'accept']

describe('a header list of one field before those of a shared list', () => {
  it('stays in two parts while it is only looked at', () => {
    const list = own()
    assert.equal(list.get('x-request-id'), 'a1')
    assert.equal(list.get('vary'), 'accept')
    assert.equal(list.has('date'), false)
    assert.equal(list.isEmpty, false)
    assert.equal(list.shared, shared)
    assert.deepEqual([list.ownName, list.ownValue], ['x-request-id', 'a1'])
  })

  const changes: { why: string; change: (list: HeaderList) => void; pairs: string[] }[] = [
    { why: 'asked for as an array', change: (list) => void list.pairs, pairs: all },
    { why: 'one more', change: (list) => void list.append('A', 'b'), pairs: [...all, 'a', 'b'] },
    { why: 'one more that is checked', change: (list) => list.appendChecked('a', 'b'), pairs: [...all, 'a', 'b'] },
    { why: 'its own replaced', change: (list) => void list.set('x-request-id', 'b2'), pairs: all.with(1, 'b2') },
    { why: 'a shared one replaced', change: (list) => void list.set('vary', '*'), pairs: all.with(5, '*') },
    { why: 'a shared one taken away', change: (list) => list.delete('content-type'), pairs: all.toSpliced(2, 2) },
    { why: 'shared fields twice', change: (list) => list.appendShared(shared), pairs: [...all, ...shared.pairs] },
    { why: 'all taken away', change: (list) => list.clear(), pairs: [] },
  ]
  for (const { why, change, pairs } of changes) {
    it(`is one list, and the shared one as it was: ${why}`, () => {
      const list = own()
      change(list)
      assert.deepEqual(list.pairs, pairs)
      assert.equal(list.shared, undefined)
      assert.equal(list.isEmpty, pairs.length === 0)
      assert.deepEqual(shared.pairs, all.slice(2))
    })
  }

  it('is not made of a list that had more, or nothing', () => {
    const longer = new HeaderList().append('a', 'b')
    longer.appendShared(shared)
    const none = new HeaderList()
    none.appendShared(shared)
    assert.deepEqual([longer.shared, none.shared], [undefined, undefined])
    assert.deepEqual([longer.pairs, none.pairs], [['a', 'b', ...shared.pairs], shared.pairs])
  })
})
