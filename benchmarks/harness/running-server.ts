/**
 * A target that runs: started on its core, watched from outside, stopped for sure.
 *
 *   start ──answers GET /ping──▶ running ──SIGTERM──▶ ended within a second ──▶ stopped
 *     └─ends or stays silent─▶ throws with what it printed   └─SIGKILL to what is left of its tree─▶ stopped
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { cpuMsOf, isAlive, type Memory, memoryOf, processTree } from './process-stats.ts'
import type { Target } from './target.ts'

// One listener for each server that runs, on purpose.
process.setMaxListeners(0)

const startMs = 60_000
/** Long enough to close what is open; a drain that waits for a load balancer is not measured here. */
const stopMs = 1_000
const quietMs = 2_000
/** Some ticks of the CPU clock. */
const quietSampleMs = 40

export interface RunningServer {
  readonly target: Target
  readonly port: number
  readonly pid: number
  /** Of the whole process tree since it began. */
  cpuMs(): number
  memory(): Memory
  isAlive(): boolean
  /** Resolves when it does nothing any more, or after two seconds: what it still has to do is nobody else's to pay. */
  untilQuiet(): Promise<void>
  stop(): Promise<void>
}

export interface StartOptions {
  readonly cache: string
  /** The core that it is bound to; undefined leaves it free. */
  readonly core?: number | undefined
}

export async function startServer(target: Target, { cache, core }: StartOptions): Promise<RunningServer> {
  const port = await freePort()
  const [command = '', ...args] = pinned(target.command(cache), core)
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environment(target, port) })
  let said = ''
  child.stderr.on('data', (piece: Buffer) => {
    if (said.length < 2_000) said += piece.toString()
  })
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (error) => reject(new Error(`${target.name} did not start: ${error.message}`)))
    child.on('exit', (code, signal) => reject(new Error(`${target.name} ended with ${code ?? signal}: ${said.trim()}`)))
  })
  failed.catch(() => {})
  const pid = child.pid ?? 0
  // Whatever ends the benchmark ends its servers.
  const onExit = () => kill(pid, 'SIGKILL')
  process.once('exit', onExit)
  const stop = async () => {
    await stopTree(pid)
    process.off('exit', onExit)
  }
  try {
    await Promise.race([untilAnswering(port), failed])
  } catch (error) {
    if (pid > 0) await stop()
    throw error
  }
  return {
    target,
    port,
    pid,
    cpuMs: () => cpuMsOf(pid),
    memory: () => memoryOf(pid),
    isAlive: () => isAlive(pid),
    untilQuiet: () => untilQuiet(pid),
    stop,
  }
}

/** What a server finds in its environment. */
export function environment(target: Target, port?: number): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: 'production', ...target.env, ...(port !== undefined && { PORT: String(port) }) }
}

export function pinned(command: readonly string[], core: number | undefined): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command]
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilAnswering(port: number): Promise<void> {
  const endMs = performance.now() + startMs
  for (;;) {
    const isThere = await ask(port, { method: 'GET', path: '/ping' }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (isThere) return
    if (performance.now() > endMs) throw new Error(`no answer to GET /ping within ${startMs / 1000} s`)
    await sleep(20)
  }
}

async function untilQuiet(pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < quietMs; waitedMs += quietSampleMs) {
    const beforeMs = cpuMsOf(pid)
    await sleep(quietSampleMs)
    if (cpuMsOf(pid) === beforeMs) return
  }
}

async function stopTree(pid: number): Promise<void> {
  const tree = processTree(pid)
  kill(pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < stopMs && tree.some(isAlive); waitedMs += 20) await sleep(20)
  for (const member of tree.filter(isAlive)) kill(member, 'SIGKILL')
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself.
  }
}
