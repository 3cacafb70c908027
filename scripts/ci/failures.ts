/**
 * What failed in the output of one step, and why, in a few lines: whoever reads the end of a long run need not search it.
 *
 *   node scripts/ci/failures.ts FILE
 */
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const longest = 9
/** Node.js names a failure and then tells of it; Bun tells of it and then names it. */
const nodeFailure = /^\s*✖ (?!failing tests)/
const bunFailure = /^\(fail\) /
const ourFailure = /^(FAIL |not ok|FAILED)/

export function failuresIn(output: string): string[] {
  // Frames of the runtimes themselves say nothing.
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => !/^\s+at .*\bnode:/.test(line))
  const told: string[] = []
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const name = line.trim().replace(/\s*[([][\d.]+ ?ms[)\]]$/, '')
    if (nodeFailure.test(line)) {
      const after = lines.slice(index + 1, index + longest)
      // The tree of results names it first, without a reason; a suite fails because of what it holds.
      if (/^\s+(\w*Error|.*'?test failed|\S+)/.test(after[0] ?? '') && !/✖|✔|▶|ℹ/.test(after[0] ?? ''))
        told.push(name, ...after)
    } else if (bunFailure.test(line)) told.push(...lines.slice(Math.max(0, index - longest), index), name)
    else if (ourFailure.test(line) && !seen.has(name)) told.push(name)
    seen.add(name)
  }
  return told.filter((line) => line.trim() !== '').map((line) => line.slice(0, 300))
}

if (import.meta.main)
  console.log(
    failuresIn(readFileSync(process.argv[2] ?? '', 'utf8'))
      .slice(0, 60)
      .join('\n'),
  )
