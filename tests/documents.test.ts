/**
 * What the documents say is run.
 *
 *   ```ts        type-checked as a module of its own
 *   ```ts run    also executed; each `// → text` in it is one line that it must print, in order
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { filesBelow, projectRoot, readSource } from './support/source-tree.ts'

interface Block {
  readonly name: string
  readonly code: string
  readonly isRun: boolean
}

const execute = promisify(execFile)
const documents = ['README.md', ...filesBelow('docs', ['.md'])]
const blocks = documents.flatMap(blocksOf)
// Inside the project, so that a block imports `genever` by its name as a user does.
const folder = join(projectRoot, '.genever', `documents-${process.pid}`)

before(() => {
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) writeFileSync(join(folder, block.name), block.code)
})

after(() => rmSync(folder, { recursive: true, force: true }))

describe('code in documents', () => {
  it('exists', () => assert.ok(blocks.length > 0))

  it('type-checks', async () => {
    const config = { extends: '../../tsconfig.json', include: ['*.ts'], compilerOptions: { noUnusedLocals: false } }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
    const { stdout } = await execute('node', [tsc, '-p', folder]).catch((error: { stdout: string }) => error)
    assert.equal(stdout, '')
  })

  for (const block of blocks.filter((candidate) => candidate.isRun)) {
    it(`${block.name} prints what it says`, async () => {
      const { stdout } = await execute(process.execPath, [join(folder, block.name)], { timeout: 30_000 })
      assert.deepEqual(stdout.trimEnd().split('\n'), promisesOf(block.code))
    })
  }
})

function blocksOf(document: string): Block[] {
  const found = readSource(document).matchAll(/^```ts( run)?\n([\s\S]*?)^```$/gm)
  return [...found].map(([, run, code = ''], at) => ({
    name: `${document.replace(/\W+/g, '-')}-${at + 1}.ts`,
    // `export {}` makes a module of a block that imports nothing.
    code: `${code}\nexport {}\n`,
    isRun: run !== undefined,
  }))
}

function promisesOf(code: string): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text ?? '')
}
