/**
 * `npm ci` gives working runtimes under npm 11 and under npm 12, which blocks install scripts.
 *
 * A copy of what git tracks is installed in an empty folder by each npm; both runtimes must then answer.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const versions = ['11.19.1', '12.2.0']
const folder = mkdtempSync(join(tmpdir(), 'genever-npm-'))
try {
  for (const version of versions) tryNpm(version)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function tryNpm(version: string): void {
  const tool = join(folder, `npm-${version}`)
  const clone = join(folder, `clone-${version}`)
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', tool, `npm@${version}`], { stdio: 'inherit' })
  mkdirSync(clone)
  execFileSync('sh', ['-c', `git archive HEAD | tar -x -C '${clone}'`])
  // The npm under test runs on the pinned Node.js: the machine's own may be too old for it.
  const npm = [join(tool, 'node_modules/npm/bin/npm-cli.js')]
  execFileSync(process.execPath, [...npm, 'ci', '--silent'], { cwd: clone, stdio: 'inherit' })
  const path = `${join(clone, 'node_modules/.bin')}:${process.env.PATH}`
  const answer = (command: string): string =>
    execFileSync(join(clone, 'node_modules/.bin', command), ['--version'], {
      encoding: 'utf8',
      env: { PATH: path },
    }).trim()
  console.log(`npm ${version}: Node.js ${answer('node')}, Bun ${answer('bun')}`)
}
