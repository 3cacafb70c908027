import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { watchFolder } from './folder-watch.ts'

describe('watchFolder', () => {
  let root = ''
  let unwatch: () => void = () => {}
  let tell: (path: string) => void = () => {}

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'genever-watch-'))
    mkdirSync(join(root, 'lib'))
    mkdirSync(join(root, 'node_modules'))
    writeFileSync(join(root, 'lib/a.ts'), '1')
    unwatch = watchFolder(root, { onChange: (path) => tell(path) })
  })
  afterEach(() => {
    unwatch()
    rmSync(root, { recursive: true, force: true })
  })

  /** Does something and waits until the watch tells of `path`; the test times out if it never does. */
  function told(path: string, act: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    tell = (changed) => {
      if (changed === join(root, path)) resolve()
    }
    act()
    return promise
  }

  it('tells of a file that changes in a folder below', () =>
    told('lib/a.ts', () => writeFileSync(join(root, 'lib/a.ts'), '2')))

  it('tells of a file that an editor replaces by another one, more than once', async () => {
    for (const text of ['2', '3']) {
      await told('lib/a.ts', () => {
        writeFileSync(join(root, 'lib/.a.swp'), text)
        renameSync(join(root, 'lib/.a.swp'), join(root, 'lib/a.ts'))
      })
    }
  })

  it('tells of a file in a folder that was made later, removed and made again', async () => {
    for (const text of ['1', '2']) {
      await told('new', () => mkdirSync(join(root, 'new')))
      await told('new/b.ts', () => writeFileSync(join(root, 'new/b.ts'), text))
      await told('new', () => rmSync(join(root, 'new'), { recursive: true }))
    }
  })

  it('does not look into what is skipped', async () => {
    let inside = false
    await told('lib/a.ts', () => {
      const note = tell
      tell = (path) => {
        if (path.includes('node_modules')) inside = true
        note(path)
      }
      writeFileSync(join(root, 'node_modules/c.ts'), '1')
      writeFileSync(join(root, 'lib/a.ts'), '2')
    })
    assert.equal(inside, false)
  })

  it('watches nothing where there is nothing', () => {
    watchFolder(join(root, 'none'), { onChange: () => {} })()
  })
})
