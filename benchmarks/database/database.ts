/**
 * Our database beside the bare drivers: microseconds for a query and for a transaction, and how late the event loop is under durable SQLite.
 *
 *   node benchmarks/database/database.ts                     starts PostgreSQL and MariaDB; --rounds 30
 *   node benchmarks/database/database.ts postgres --gate     fails if a statement costs more than 1.1 times the bare pg or mysql2
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { startMariadb } from '../../scripts/systems/mariadb.ts'
import { startPostgres } from '../../scripts/systems/postgres.ts'
import { runtimes } from '../peers/support/project.ts'

interface Figure {
  readonly name: string
  readonly parallel: number
  readonly bestUs: number
  readonly medianUs: number
}

interface Delay {
  readonly writers: number
  readonly commitsPerSecond: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { gate: { type: 'boolean', default: false }, rounds: { type: 'string', default: '30' } },
})
const execute = promisify(execFile)
const highestRatio = 1.1
const folder = mkdtempSync(join(tmpdir(), 'genever-bench-database-'))
const ratios: number[] = []

const systems = {
  sqlite: async () => ({ url: `sqlite:${join(folder, 'bench.db')}`, stop: async () => {} }),
  postgres: () => startPostgres(),
  mariadb: () => startMariadb(),
}
for (const [system, start] of Object.entries(systems)) {
  if (positionals.length > 0 && !positionals.includes(system)) continue
  const server = await start()
  await compare(system, server.url)
  if (system === 'sqlite') await delays(server.url)
  await server.stop()
}
rmSync(folder, { recursive: true })
if (values.gate) {
  const isGood = ratios.every((ratio) => ratio <= highestRatio)
  console.log(
    `a select as text costs ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times the bare driver: ${isGood ? 'ok' : 'FAIL'}`,
  )
  process.exitCode = isGood ? 0 : 1
}

async function compare(system: string, url: string): Promise<void> {
  const figures: Record<string, Figure[]> = {}
  for (const [runtime, command] of Object.entries(runtimes))
    figures[runtime] = await ask<Figure>(command, 'measure.ts', url, values.rounds)
  console.log(`\n| ${system} | at a time | Node.js, best | median | × bare | Bun, best | median | × bare |`)
  console.log('|---|---:|---:|---:|---:|---:|---:|---:|')
  for (const [at, { name, parallel }] of (figures.node ?? []).entries()) {
    const cells = ['node', 'bun'].map((runtime) => cellsOf(figures[runtime] ?? [], at))
    console.log(`| ${name} | ${parallel} | ${cells.join(' | ')} |`)
  }
  if (system === 'sqlite') return
  for (const all of Object.values(figures))
    ratios.push(...all.filter(({ name }) => name === 'select, as text').map((one) => ratioOf(one, all)))
}

async function delays(url: string): Promise<void> {
  console.log('\n| durable SQLite | writers | commits/s | loop late, median | p99 | most |')
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const [runtime, command] of Object.entries(runtimes)) {
    for (const { writers, commitsPerSecond, medianMs, p99Ms, maxMs } of await ask<Delay>(
      command,
      'loop-delay.ts',
      url,
      '3',
    )) {
      const times = [medianMs, p99Ms, maxMs].map((ms) => `${ms.toFixed(1)} ms`).join(' | ')
      console.log(`| ${runtime} | ${writers} | ${Math.round(commitsPerSecond)} | ${times} |`)
    }
  }
}

async function ask<T>(command: string, file: string, url: string, words: string): Promise<T[]> {
  const { stdout } = await execute(command, [join(import.meta.dirname, file), url, words])
  return JSON.parse(stdout)
}

function cellsOf(figures: readonly Figure[], at: number): string {
  const figure = figures[at]
  if (figure === undefined) return ' | | '
  return `${micros(figure.bestUs)} | ${micros(figure.medianUs)} | ${ratioOf(figure, figures).toFixed(2)}`
}

function micros(us: number): string {
  return us < 10 ? `${us.toFixed(2)} µs` : `${Math.round(us)} µs`
}

/** By the best rounds: the others tell of the machine. */
function ratioOf({ name, parallel, bestUs }: Figure, figures: readonly Figure[]): number {
  const bare = `${name.split(',', 1)[0]}, bare`
  return bestUs / (figures.find((one) => one.name === bare && one.parallel === parallel)?.bestUs ?? 1)
}
