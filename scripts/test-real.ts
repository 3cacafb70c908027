/**
 * `npm run test:real`: suites that need real systems, real processes or real time, one file after the other.
 *
 *   npm run test:real                    all of them
 *   npm run test:real -- failure         those whose path contains the word
 *
 * A suite that finds its system missing skips itself; under CI a skipped test is a failure.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const words = process.argv.slice(2)
const files = globSync(['tests/integration/**/*.test.ts', 'tests/failure/**/*.test.ts'])
  .filter((file) => words.every((word) => file.includes(word)))
  .sort()
if (files.length === 0) throw new Error(`No real-system test has ${words.join(' and ')} in its path.`)

const isCi = process.env.CI === 'true'
const failures: string[] = []
for (const file of files) {
  const problem = await runFile(file)
  if (problem !== undefined) failures.push(`${file}: ${problem}`)
}
console.log(failures.length === 0 ? `${files.length} files passed` : failures.join('\n'))
process.exitCode = failures.length === 0 ? 0 : 1

function runFile(file: string): Promise<string | undefined> {
  console.log(`\n── ${file}`)
  return new Promise((resolve) => {
    const child = spawn('node', ['--test', '--test-reporter=spec', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (piece: Buffer) => {
      output += piece
      process.stdout.write(piece)
    })
    child.on('close', (code) => {
      const skipped = Number(output.match(/^ℹ skipped (\d+)$/m)?.[1] ?? 0)
      if (code !== 0) resolve(`exit code ${code}`)
      else resolve(isCi && skipped > 0 ? `${skipped} skipped, which CI does not allow` : undefined)
    })
  })
}
