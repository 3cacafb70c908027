/** What `genever new` makes passes its own tests, against the package as it stands here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const projectRoot = fileURLToPath(new URL('../../', import.meta.url))
const testCommand = 'bun' in process.versions ? ['test'] : ['--test']
const folder = mkdtempSync(join(tmpdir(), 'genever-new-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const expectedFiles = {
  service: [
    '.gitignore',
    'README.md',
    'genever.json',
    'package.json',
    'src/main.ts',
    'src/service.test.ts',
    'src/service.ts',
    'tsconfig.json',
  ],
  workspace: [
    '.gitignore',
    'README.md',
    'gateway/main.ts',
    'gateway/service.test.ts',
    'gateway/service.ts',
    'genever.json',
    'greetings/api.ts',
    'greetings/main.ts',
    'greetings/service.test.ts',
    'greetings/service.ts',
    'package.json',
    'tsconfig.json',
  ],
}

for (const kind of ['service', 'workspace'] as const) {
  describe(`a new ${kind}`, () => {
    const name = `my-${kind}`
    const project = join(folder, name)

    it('is made of a few files, all of them filled in', () => {
      const options = kind === 'workspace' ? ['--workspace'] : []
      const { status, stderr } = run(folder, [join(projectRoot, 'src/cli/main.ts'), 'new', name, ...options])
      assert.equal(status, 0, stderr)
      const files = filesOf(project)
      assert.deepEqual(files, expectedFiles[kind])
      for (const file of files) assert.doesNotMatch(readFileSync(join(project, file), 'utf8'), /\{\{/, file)
      assert.equal(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).name, name)
    })

    it('passes its own tests', () => {
      linkPackages(project)
      const { status, stdout, stderr } = run(project, testCommand)
      assert.equal(status, 0, stdout + stderr)
    })
  })
}

function run(cwd: string, args: readonly string[]) {
  // A test runner tells those below it that they are its children; these are not.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env })
}

function filesOf(project: string): string[] {
  return readdirSync(project, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .sort()
}

/** As `npm install` would, without the network. */
function linkPackages(project: string): void {
  const packages = join(project, 'node_modules')
  mkdirSync(packages)
  symlinkSync(projectRoot, join(packages, 'genever'))
  symlinkSync(join(projectRoot, 'node_modules/zod'), join(packages, 'zod'))
}
