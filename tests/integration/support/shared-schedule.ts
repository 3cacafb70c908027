/** Real processes that share a database: each tick once, whoever of them is killed in the middle of it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../../../src/database/create-database.ts'

export interface SharedScheduleTest {
  readonly name: string
  readonly url: () => string
  /** Holders that are killed; default 3. */
  readonly kills?: number
}

interface TickingProcess {
  readonly child: ChildProcess
  /** Resolves with the next line that begins with the word; rejects after 30 seconds without one. */
  next(word: string): Promise<string>
}

export function describeSharedSchedule({ name, url, kills = 3 }: SharedScheduleTest): void {
  describe(`${name}: a job of two processes`, () => {
    it('runs once at each tick, also where its holder is killed in the middle of a run', async () => {
      const database = createDatabase<{ ticked: { tick_ms: number | bigint; runner: string } }>({ url: url() })
      await database.query.schema
        .createTable('ticked')
        .addColumn('tick_ms', 'bigint')
        .addColumn('runner', 'varchar(20)')
        .execute()
      let started = 0
      const start = (): TickingProcess => startTicking(url(), `p${++started}`)
      const processes = [start(), start()]
      try {
        for (let kill = 0; kill < kills; kill++) {
          const holder = await Promise.any(processes.map((each) => each.next('began').then(() => each)))
          holder.child.kill('SIGKILL')
          await once(holder.child, 'exit')
          processes.splice(processes.indexOf(holder), 1, start())
          // The other one takes the run over, and goes on.
          await Promise.any(processes.map((each) => each.next('done')))
        }
      } finally {
        for (const { child } of processes) {
          child.kill('SIGKILL')
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
        }
      }
      const rows = await database.query.selectFrom('ticked').select('tick_ms').orderBy('tick_ms').execute()
      const ticks = rows.map(({ tick_ms }) => Number(tick_ms))
      const [first = 0] = ticks
      assert.ok(ticks.length >= kills, 'it ticked')
      const expected = Array.from({ length: ticks.length }, (_, at) => first + at * 1_000)
      assert.deepEqual(ticks, expected, 'every second once: none is missing, none is there twice')
      await database.stop()
    })
  })
}

function startTicking(url: string, runner: string): TickingProcess {
  const program = fileURLToPath(new URL('ticking.ts', import.meta.url))
  const child = spawn(process.execPath, [program, url, runner], { stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting: { word: string; resolve: (line: string) => void }[] = []
  let rest = ''
  child.stdout.on('data', (piece: Buffer) => {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      for (const wait of waiting.filter(({ word }) => line.startsWith(word))) {
        waiting.splice(waiting.indexOf(wait), 1)
        wait.resolve(line)
      }
    }
  })
  const next = (word: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${runner} did not say «${word}»`)), 30_000)
      const found = (line: string): void => {
        clearTimeout(timer)
        resolve(line)
      }
      waiting.push({ word, resolve: found })
    })
  return { child, next }
}
