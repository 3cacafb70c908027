/** Starts `npm start` as a terminal would, in a process group of its own, and finds every process that belongs to it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface NpmStart {
  /** Of npm itself, and of the group. */
  readonly pid: number
  /** Everything written to standard output so far. */
  output(): string
  /** Resolves when `pattern` has been printed. @throws Error with the output if npm ended first or it took too long. */
  printed(pattern: RegExp): Promise<void>
  /** Resolves with npm's exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** All processes of this run that are alive, wherever they were moved to. */
  survivors(): RunProcess[]
  /** Kills whatever is left. */
  cleanUp(): void
}

export interface RunProcess {
  readonly pid: number
  readonly commandLine: string
}

export interface NpmStartOptions {
  /** What follows `npm start --`. */
  readonly args?: readonly string[]
  /** Folder for the data of the shop. */
  readonly data: string
}

const projectRoot = new URL('../../../', import.meta.url)
const marker = 'GENEVER_TEST_RUN'
const patienceMs = 60_000

export function npmStart({ args = [], data }: NpmStartOptions): NpmStart {
  const run = crypto.randomUUID()
  const child = spawn('npm', ['start', '--', ...args], {
    cwd: projectRoot,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The environment is inherited by every process of the run, which is how they are found again.
    env: { ...process.env, SHOP_DATA: data, [marker]: run },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code))
  })
  return {
    pid: pidOf(child),
    output: () => text,
    printed: (pattern) => printed(child, pattern, () => text),
    ended,
    survivors: () => processesOf(run),
    cleanUp() {
      for (const { pid } of processesOf(run)) process.kill(pid, 'SIGKILL')
    },
  }
}

/** The processes of this machine whose environment holds our marker. One that has ended and waits for its parent has none. */
function processesOf(run: string): RunProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && factOf(entry, 'environ').includes(`${marker}=${run}`))
    .map((pid) => ({ pid: Number(pid), commandLine: factOf(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
}

function factOf(pid: string, fact: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${fact}`, 'latin1')
  } catch {
    return '' // It has ended, or belongs to somebody else.
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('npm did not start')
  return child.pid
}

function printed(child: ChildProcess, pattern: RegExp, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!pattern.test(output())) return
      clearTimeout(timer)
      resolve()
    }
    const fail = (why: string): void => reject(new Error(`${why} before ${pattern} was printed:\n${output()}`))
    const timer = setTimeout(() => fail(`${patienceMs} ms passed`), patienceMs)
    child.stdout?.on('data', check)
    child.on('exit', () => fail('npm ended'))
    check()
  })
}
