import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import {
  makeTemporaryFolder,
  pathFacts,
  readBytes,
  realPath,
  type TemporaryFolder,
  writeFileAtomically,
} from './files.ts'
import { openFile } from './open-file.ts'

describe('files', () => {
  let folder: TemporaryFolder
  const at = (name: string): string => join(folder.path, name)

  before(async () => {
    folder = await makeTemporaryFolder()
  })
  after(() => folder.remove())

  it('tells what a path leads to', async () => {
    await writeFile(at('facts.txt'), 'four')
    await symlink(at('facts.txt'), at('link.txt'))
    await symlink(at('nowhere'), at('broken.txt'))
    const { kind, size, modifiedMs } = (await pathFacts(at('link.txt'))) ?? {}
    assert.equal(kind, 'file')
    assert.equal(size, 4)
    assert.ok(Math.abs(Date.now() - (modifiedMs ?? 0)) < 60_000)
    assert.equal((await pathFacts(folder.path))?.kind, 'folder')
    assert.equal((await pathFacts('/dev/null'))?.kind, 'other')
    assert.equal(await pathFacts(at('missing')), undefined)
    assert.equal(await pathFacts(at('facts.txt/below')), undefined)
    assert.equal(await pathFacts(at('broken.txt')), undefined)
    assert.equal(await realPath(at('link.txt')), await realPath(at('facts.txt')))
    assert.equal(await realPath(at('broken.txt')), undefined)
  })

  it('reads bytes', async () => {
    await writeFile(at('bytes'), Uint8Array.of(0, 255, 10))
    assert.deepEqual([...(await readBytes(at('bytes')))], [0, 255, 10])
    await assert.rejects(readBytes(at('missing')), { code: 'ENOENT' })
  })

  it('replaces a file as a whole, so that no reader sees half of one', async () => {
    const path = at('whole')
    const versions = ['a', 'b'].map((letter) => letter.repeat(500_000))
    await writeFileAtomically(path, versions[0] ?? '')
    let isOver = false
    const reading = (async () => {
      let reads = 0
      for (; !isOver; reads++) assert.ok(versions.includes(await readFile(path, 'utf8')))
      return reads
    })()
    for (let round = 0; round < 10; round++) await writeFileAtomically(path, versions[round % 2] ?? '')
    isOver = true
    assert.ok((await reading) > 0)
    const left = (await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))
    assert.deepEqual(left, [])
  })

  it('gives a new file its permissions, and leaves nothing when it cannot write', async () => {
    await writeFileAtomically(at('secret'), 'x', 0o600)
    assert.equal((await stat(at('secret'))).mode & 0o777, 0o600)
    await mkdir(at('occupied'))
    await writeFile(at('occupied/file'), '')
    await assert.rejects(writeFileAtomically(at('occupied'), 'x'))
    await assert.rejects(writeFileAtomically(at('missing/file'), 'x'), { code: 'ENOENT' })
    const left = (await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))
    assert.deepEqual(left, [])
  })

  it('removes a temporary folder with all that is in it', async () => {
    const other = await makeTemporaryFolder('genever-other-')
    await writeFile(join(other.path, 'file'), '')
    await other.remove()
    assert.equal(await pathFacts(other.path), undefined)
  })

  describe('an open file', () => {
    const content = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251)

    async function read(range?: { start?: number; end?: number; pieceBytes?: number }): Promise<Uint8Array[]> {
      const file = await openFile(at('range'))
      const pieces: Uint8Array[] = []
      for await (const piece of file.pieces(range)) pieces.push(Uint8Array.from(piece))
      await file.close()
      return pieces
    }

    before(() => writeFile(at('range'), content))

    const ranges = [
      { range: undefined, start: 0, end: 200_000, pieces: 4, why: 'the whole file' },
      { range: { start: 199_990 }, start: 199_990, end: 200_000, pieces: 1, why: 'the end' },
      { range: { start: 10, end: 10 }, start: 10, end: 10, pieces: 0, why: 'nothing' },
      {
        range: { end: 1_000, pieceBytes: 300 },
        start: 0,
        end: 1_000,
        pieces: 4,
        why: 'the beginning, in small pieces',
      },
    ]
    for (const { range, start, end, pieces, why } of ranges) {
      it(`is read in pieces: ${why}`, async () => {
        const found = await read(range)
        assert.equal(found.length, pieces)
        assert.ok(Buffer.concat(found).equals(content.subarray(start, end)))
      })
    }

    it('is read from any place', async () => {
      const file = await openFile(at('range'))
      assert.equal(file.size, 200_000)
      assert.ok(file.modifiedMs > 0)
      assert.deepEqual(await file.read(250, 3), content.subarray(250, 253))
      assert.equal((await file.read(199_999, 10)).length, 1)
      assert.equal((await file.read(200_000, 10)).length, 0)
      await file.close()
      await file.close()
    })

    it('reads nothing that was not asked for', async () => {
      const file = await openFile(at('range'))
      const pieces = file.pieces()
      assert.equal((await pieces.next()).value?.length, 65_536)
      await pieces.return()
      await file.close()
    })

    it('says that it was cut meanwhile', async () => {
      await writeFile(at('cut'), content)
      const file = await openFile(at('cut'))
      const pieces = file.pieces({ pieceBytes: 1_000 })
      await pieces.next()
      await truncate(at('cut'), 1_000)
      await assert.rejects(pieces.next(), { code: 'FILE_CHANGED' })
      await file.close()
    })

    it('is nothing but a file, and opening never waits', async () => {
      await promisify(execFile)('mkfifo', [at('pipe')])
      await assert.rejects(openFile(folder.path), { code: 'NOT_A_FILE' })
      await assert.rejects(openFile(at('pipe')), { code: 'NOT_A_FILE' })
      await assert.rejects(openFile(at('missing')), { code: 'ENOENT' })
    })
  })
})
