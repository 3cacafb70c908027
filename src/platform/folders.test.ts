import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { listFiles, listFolder, makeFolder, pathExists } from './folders.ts'

describe('folders', () => {
  const root = mkdtempSync(join(tmpdir(), 'genever-folders-'))
  after(() => rmSync(root, { recursive: true, force: true }))

  it('are made with those above them, and once is enough', async () => {
    await makeFolder(join(root, 'a/b'))
    await makeFolder(join(root, 'a/b'))
    assert.equal(await pathExists(join(root, 'a/b')), true)
    assert.equal(await pathExists(join(root, 'a/c')), false)
  })

  it('are listed level by level or with all files below', async () => {
    writeFileSync(join(root, 'a/b/two.txt'), '2')
    writeFileSync(join(root, 'one.txt'), '1')
    assert.deepEqual(await listFolder(root), ['a', 'one.txt'])
    assert.deepEqual(await listFiles(root), [join('a', 'b', 'two.txt'), 'one.txt'])
  })

  it('that are not there tell so by the code of the system', async () => {
    await assert.rejects(listFolder(join(root, 'none')), { code: 'ENOENT' })
  })
})
