/**
 * Redis beside its bare client: microseconds for each call, with one call at a time and with 64, best and median of 60 rounds.
 *
 *   node benchmarks/redis/redis.ts          starts a Redis of its own
 *   node benchmarks/redis/redis.ts --gate   fails if a cache hit costs more than 1.2 times the bare client
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedis } from '../../scripts/systems/redis.ts'
import { runtimes } from '../peers/support/project.ts'

interface Figure {
  readonly name: string
  readonly parallel: number
  readonly bestUs: number
  readonly medianUs: number
}

const execute = promisify(execFile)
const highestRatio = 1.2

await using redis = await startRedis()
const node = await figuresOf(runtimes.node)
const bun = await figuresOf(runtimes.bun)
console.log('| call | at a time | Node.js, best | median | × bare | Bun, best | median | × bare |')
console.log('|---|---:|---:|---:|---:|---:|---:|---:|')
for (const [at, figure] of node.entries()) {
  const cells = [figure, bun[at]].map((one, of) => (one === undefined ? '' : cellsOf(one, of === 0 ? node : bun)))
  console.log(`| ${figure.name} | ${figure.parallel} | ${cells.join(' | ')} |`)
}
if (process.argv.includes('--gate')) {
  const ratios = [node, bun].flatMap((figures) =>
    figures.filter(({ name }) => name === 'cache hit on Redis').map((figure) => ratioOf(figure, figures)),
  )
  const isGood = ratios.every((ratio) => ratio <= highestRatio)
  console.log(
    `a cache hit costs ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times the bare client: ${isGood ? 'ok' : 'FAIL'}`,
  )
  process.exitCode = isGood ? 0 : 1
}

async function figuresOf(command: string): Promise<Figure[]> {
  const { stdout } = await execute(command, [join(import.meta.dirname, 'measure.ts'), redis.url])
  return JSON.parse(stdout)
}

function cellsOf(figure: Figure, figures: readonly Figure[]): string {
  return `${micros(figure.bestUs)} | ${micros(figure.medianUs)} | ${ratioOf(figure, figures).toFixed(2)}`
}

function micros(us: number): string {
  return us < 10 ? `${us.toFixed(2)} µs` : `${Math.round(us)} µs`
}

/** By the best rounds: the others tell of the machine. */
function ratioOf({ parallel, bestUs }: Figure, figures: readonly Figure[]): number {
  return bestUs / (figures.find((one) => one.name === 'GET, bare ioredis' && one.parallel === parallel)?.bestUs ?? 1)
}
