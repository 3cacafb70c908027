/**
 * `npm run test:real`: suites that need real systems, real processes or real time, one file after the other.
 *
 *   npm run test:real                    all of them
 *   npm run test:real -- failure         those whose path contains the word
 *   npm run test:browser                 those that look at the dashboard with a browser
 *
 * A suite that finds its system missing skips itself; under CI a skipped test is a failure. The suites of the systems that
 * `scripts/systems/` starts run on both runtimes, the others start their own processes and run on Node.js.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const words = process.argv.slice(2)
const folders = words.includes('browser') ? ['browser'] : ['integration', 'failure']
const files = globSync(folders.map((folder) => `tests/${folder}/**/*.test.ts`))
  .filter((file) => words.every((word) => file.includes(word)))
  .sort()
if (files.length === 0) throw new Error(`No real-system test has ${words.join(' and ')} in its path.`)

const onBothRuntimes = /^tests\/integration\/(systems|sqlite|redis|postgres|mariadb|rabbitmq|nats|kafka|rocketmq)\//
const runtimes = {
  node: ['node', '--test', '--test-reporter=spec'],
  bun: ['bun', 'test', '--timeout=60000'],
} as const

/** One that is not over by then hangs: the others are to have their turn. */
const longestMs = 15 * 60_000

const isCi = process.env.CI === 'true'
const failures: string[] = []
for (const file of files) {
  for (const runtime of onBothRuntimes.test(file) ? (['node', 'bun'] as const) : (['node'] as const)) {
    const problem = await runFile(file, runtime)
    if (problem !== undefined) failures.push(`${file} on ${runtime}: ${problem}`)
  }
}
console.log(failures.length === 0 ? `${files.length} files passed` : failures.join('\n'))
process.exitCode = failures.length === 0 ? 0 : 1

function runFile(file: string, runtime: keyof typeof runtimes): Promise<string | undefined> {
  console.log(`\n── ${file} on ${runtime}`)
  const [command, ...args] = runtimes[runtime]
  return new Promise((resolve) => {
    const child = spawn(command, [...args, `./${file}`], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const show = (piece: Buffer): void => {
      output += piece
      process.stdout.write(piece)
    }
    child.stdout.on('data', show)
    child.stderr.on('data', show)
    const watchdog = setTimeout(() => child.kill('SIGKILL'), longestMs)
    child.on('close', (code, signal) => {
      clearTimeout(watchdog)
      const skipped = Number(
        output
          .match(/^(?:ℹ skipped (\d+)| *(\d+) skip)$/m)
          ?.slice(1)
          .find(Boolean) ?? 0,
      )
      if (signal !== null) resolve(`ended by ${signal} after at most ${longestMs / 60_000} minutes`)
      else if (code !== 0) resolve(`exit code ${code}`)
      else resolve(isCi && skipped > 0 ? `${skipped} skipped, which CI does not allow` : undefined)
    })
  })
}
