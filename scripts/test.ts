/**
 * `npm test`: every test that needs no server, on Node.js and on Bun, one runtime after the other.
 *
 *   npm test                      both runtimes
 *   npm test -- node              one of them
 *   npm test -- bun src/http      one of them, and only the files whose path contains the word, or one of the words
 */
import { globSync } from 'node:fs'
import { run } from './support/run.ts'

/** A test that hangs fails in the end instead of holding everything up. */
const runtimes = {
  node: ['--test', '--test-reporter=dot', '--test-timeout=120000', '--test-concurrency=2', '--test-force-exit'],
  bun: ['test', '--only-failures', '--timeout=60000'],
} as const
const patterns = [
  'src/**/*.test.ts',
  'tests/*.test.ts',
  'tests/conformance/*.test.ts',
  'tests/fuzz/*.test.ts',
  'examples/**/*.test.ts',
  'benchmarks/**/*.test.ts',
  'dashboard-ui/**/*.test.ts',
]

const [first, ...others] = process.argv.slice(2)
const isRuntime = first === 'node' || first === 'bun'
const chosen: readonly (keyof typeof runtimes)[] = isRuntime ? [first] : ['node', 'bun']
const words = isRuntime ? others : process.argv.slice(2)
const files = globSync(patterns, { exclude: (path) => path.includes('node_modules') || path.includes('.cache') })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

if (files.length === 0) throw new Error(`No test file has ${words.join(' or ')} in its path.`)
let ok = true
for (const runtime of chosen) {
  const args = [...runtimes[runtime], ...files.map((file) => `./${file}`)]
  ok = (await run(`${files.length} test files on ${runtime}`, runtime, args, { live: true })) && ok
}
process.exitCode = ok ? 0 : 1
