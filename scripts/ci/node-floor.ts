/** `npm test` on Node.js 24, the oldest that the package supports; its plain binary comes from a pinned package. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const floor = '24.21.0'
const folder = mkdtempSync(join(tmpdir(), 'genever-node-floor-'))
try {
  const platform = `node-${process.platform}-${process.arch}@${floor}`
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, platform], { stdio: 'inherit' })
  const path = [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path }
  console.log(execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim())
  execFileSync('node', ['scripts/test.ts', 'node'], { env, stdio: 'inherit' })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
