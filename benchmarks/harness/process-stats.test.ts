import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSmaps, parseStat } from './process-stats.ts'

const fields = '1 42 42 0 -1 4194304 100 0 0 0 150 25 3 4 20 0 1 0 100 1000 200'

describe('what /proc says of a process', () => {
  for (const { name, why } of [
    { name: 'bun', why: 'a plain name' },
    { name: 'node (worker) 7', why: 'a name with spaces and brackets, as a process may call itself' },
    { name: ') 9 9 9', why: 'a name that looks like fields' },
  ]) {
    it(`is read past ${why}`, () => {
      const stat = parseStat(`77 (${name}) S ${fields}`)
      assert.deepEqual(stat, { parent: 1, cpuMs: (150 + 25 + 3 + 4) * 10 })
    })
  }

  it('tells resident memory, and what the process alone has written', () => {
    const text = 'Rss:   1780 kB\nShared_Clean:  1628 kB\nPrivate_Clean:  40 kB\nPrivate_Dirty:   112 kB\n'
    assert.deepEqual(parseSmaps(text), { rssKb: 1780, privateKb: 112 })
  })

  it('tells nothing of a process that has ended', () => {
    assert.deepEqual(parseSmaps(''), { rssKb: 0, privateKb: 0 })
  })
})
