/** Works survive a bundle where docs/reference/concurrency.md says so, and elsewhere the error says what to do. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { projectRoot } from './support/source-tree.ts'

const execute = promisify(execFile)
const sources = join(projectRoot, 'tests/fixtures/bundled-work')
const folder = mkdtempSync(join(tmpdir(), 'genever-bundled-work-'))

after(() => rmSync(folder, { recursive: true, force: true }))

describe('a work in a bundle', () => {
  it('runs where code is split and its module is an entry', async () => {
    const output = await bundleAndRun('split', { main: 'by-import', entries: ['double'], flags: ['--splitting'] })
    assert.equal(output, '42')
  })

  it('runs by its address where its module is an entry', async () => {
    assert.equal(await bundleAndRun('address', { main: 'by-address', entries: ['double'] }), '42')
  })

  it('is refused in the main file, before a thread would start the program again', async () => {
    await assert.rejects(bundleAndRun('single', { main: 'by-import', entries: [] }), /WORK_IN_MAIN/)
  })
})

interface Bundle {
  main: string
  entries: readonly string[]
  flags?: readonly string[]
}

async function bundleAndRun(name: string, { main, entries, flags = [] }: Bundle): Promise<string> {
  const target = join(folder, name)
  const files = [main, ...entries].map((entry) => join(sources, `${entry}.ts`))
  await execute('bun', ['build', '--target=node', `--outdir=${target}`, ...flags, ...files])
  const { stdout } = await execute(process.execPath, [join(target, `${main}.js`)], { timeout: 30_000 })
  return stdout.trim()
}
