import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { watchFile } from './file-watch.ts'

const root = mkdtempSync(join(tmpdir(), 'genever-file-watch-'))
after(() => rmSync(root, { recursive: true }))

interface Watched {
  readonly folder: string
  readonly file: string
  /** How often the change was told. */
  readonly count: () => number
  /** Resolves when it is told the next time. */
  readonly next: () => Promise<void>
  readonly stop: () => void
}

/** Watches `app.yaml` in a new folder, which `prepare` fills. */
async function watched(prepare: (folder: string) => void, options: { pollMs?: number } = {}): Promise<Watched> {
  const folder = mkdtempSync(join(root, 'case-'))
  prepare(folder)
  const file = join(folder, 'app.yaml')
  let count = 0
  let tell = Promise.withResolvers<void>()
  const stop = watchFile(file, {
    ...options,
    settleMs: 20,
    changed() {
      count++
      tell.resolve()
      tell = Promise.withResolvers<void>()
    },
  })
  // The first reading, against which changes are judged.
  await pause(60)
  return { folder, file, count: () => count, next: () => tell.promise, stop }
}

/** Real file systems tell in their own time. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The layout of a mounted ConfigMap: `app.yaml` leads through `..data`, which is swapped as a whole. */
function mountVersion(folder: string, version: number): void {
  mkdirSync(join(folder, `..version-${version}`))
  writeFileSync(join(folder, `..version-${version}`, 'app.yaml'), `version: ${version}`)
  symlinkSync(`..version-${version}`, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

describe('a change is told', () => {
  const changes: { why: string; change: (folder: string, file: string) => void }[] = [
    { why: 'of a file written in place', change: (_, file) => writeFileSync(file, 'b') },
    { why: 'of a file removed', change: (_, file) => rmSync(file) },
    {
      why: 'of a file renamed over it',
      change(folder, file) {
        writeFileSync(join(folder, 'new'), 'b')
        renameSync(join(folder, 'new'), file)
      },
    },
  ]
  for (const { why, change } of changes) {
    it(why, async () => {
      const { folder, file, next, count, stop } = await watched((at) => writeFileSync(join(at, 'app.yaml'), 'a'))
      const told = next()
      change(folder, file)
      await told
      stop()
      assert.equal(count(), 1)
    })
  }

  it('of a mounted ConfigMap, at every swap', async () => {
    const { folder, next, count, stop } = await watched((at) => {
      mountVersion(at, 0)
      symlinkSync(join('..data', 'app.yaml'), join(at, 'app.yaml'))
    })
    for (const version of [1, 2, 3]) {
      const told = next()
      mountVersion(folder, version)
      await told
    }
    stop()
    assert.equal(count(), 3)
  })

  it('of a file that is no longer what the caller has read', async () => {
    const file = join(root, 'read-before.yaml')
    writeFileSync(file, 'b')
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = watchFile(file, { known: { text: 'a' }, settleMs: 20, changed: resolve })
    await promise
    stop()
  })

  it('of a file in a folder that did not exist, found by the poll', async () => {
    const { folder, file, next, stop } = await watched((at) => rmSync(at, { recursive: true }), { pollMs: 30 })
    const told = next()
    mkdirSync(folder)
    writeFileSync(file, 'a')
    await told
    stop()
  })
})

describe('nothing is told', () => {
  it('of a file written anew with the same content, nor of its neighbours', async () => {
    const { folder, file, count, stop } = await watched((at) => writeFileSync(join(at, 'app.yaml'), 'a'))
    writeFileSync(file, 'a')
    writeFileSync(join(folder, 'other.yaml'), 'b')
    await pause(150)
    stop()
    assert.equal(count(), 0)
  })

  it('of a file that is still being written: only of what it becomes', async () => {
    const { file, next, count, stop } = await watched((at) => writeFileSync(join(at, 'app.yaml'), 'a'))
    const told = next()
    for (let i = 0; i < 15; i++) {
      writeFileSync(file, 'x'.repeat(i))
      await pause(5)
    }
    await told
    await pause(100)
    stop()
    assert.ok(count() <= 2, `told ${count()} times of 15 writes`)
  })

  it('after the end', async () => {
    const { file, count, stop } = await watched((at) => writeFileSync(join(at, 'app.yaml'), 'a'))
    stop()
    writeFileSync(file, 'b')
    await pause(100)
    assert.equal(count(), 0)
  })
})
