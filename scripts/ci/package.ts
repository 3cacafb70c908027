/**
 * The package as users get it: built, accepted by publint and attw, installed from its tarball into an empty folder, and
 * answering there on both runtimes.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const service = `
import { createService } from 'genever'
const service = createService({ name: 'hello' })
service.http.get('/ping', (c) => c.json({ message: 'pong' }))
const answer = await service.http.request('/ping')
console.log(answer.status, await answer.text())
`

execFileSync('node', ['scripts/build.ts', '--pack'], { stdio: 'inherit' })
const { version, exports }: { version: string; exports: Record<string, unknown> } = JSON.parse(
  readFileSync('dist/package.json', 'utf8'),
)
const { kysely }: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies
const tarball = resolve(`dist/genever-${version}.tgz`)
execFileSync('publint', [tarball, '--strict'], { stdio: 'inherit' })
execFileSync('attw', [tarball, '--profile', 'esm-only', '--quiet'], { stdio: 'inherit' })

const folder = mkdtempSync(join(tmpdir(), 'genever-package-'))
try {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  // Of the optional peers only the one that some subpaths are built upon; the others are asked for where they are used.
  execFileSync('npm', ['install', '--silent', '--omit=peer', tarball, `kysely@${kysely}`], {
    cwd: folder,
    stdio: 'inherit',
  })
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json')
  const imports = subpaths.map((subpath) => `await import('genever${subpath.slice(1)}')`).join('\n')
  writeFileSync(join(folder, 'imports.js'), `${imports}\nconsole.log('imported')\n`)
  writeFileSync(join(folder, 'service.js'), service)
  for (const runtime of ['node', 'bun']) {
    const binary = execFileSync('which', [runtime], { encoding: 'utf8' }).trim()
    const answer = (file: string): string => execFileSync(binary, [file], { cwd: folder, encoding: 'utf8' }).trim()
    assert.equal(answer('imports.js'), 'imported')
    assert.equal(answer('service.js'), '200 {"message":"pong"}')
    console.log(`${runtime}: ${subpaths.length} subpaths import, a service answers`)
  }
  execFileSync(join(folder, 'node_modules/.bin/genever'), ['--help'], { cwd: folder, stdio: 'ignore' })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
