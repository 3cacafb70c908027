/**
 * `node benchmarks/peers/check.ts [names]`: builds each peer, starts it, asks every scenario, ends it.
 *
 *   prepare ─▶ start ─▶ listens? ─▶ compare every answer ─▶ SIGTERM ─▶ gone within five seconds?
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Target } from '../harness/target.ts'
import { peers } from './peers.ts'
import { wrongAnswers } from './support/answers.ts'

const startLimitMs = 30_000
const stopLimitMs = 5_000
const cache = join(import.meta.dirname, '..', '.cache')

const names = process.argv.slice(2)
for (const target of peers.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const problems = await problemsOf(target).catch((error: unknown) => [String(error)])
  process.stdout.write(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${target.title}\n`)
  for (const problem of problems.slice(0, 10)) process.stdout.write(`     ${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
}

async function problemsOf(target: Target): Promise<string[]> {
  await target.prepare(cache)
  const port = await freePort()
  const [command = '', ...args] = target.command(cache)
  const child = spawn(command, args, {
    env: { ...process.env, ...target.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  try {
    await listening(port, child)
    return [...(await wrongAnswers(port, target.without)), ...(await problemsOfStopping(child))]
  } finally {
    killGroup(child)
  }
}

/** Whatever the server started ends with it. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group: what a clean end looks like.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const untilMs = performance.now() + startLimitMs
  while (performance.now() < untilMs && child.exitCode === null) {
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(child.exitCode === null ? `no answer after ${startLimitMs} ms` : `ended with ${child.exitCode}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

async function problemsOfStopping(child: ChildProcess): Promise<string[]> {
  child.kill('SIGTERM')
  const limit = AbortSignal.timeout(stopLimitMs)
  try {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal: limit })
    return []
  } catch {
    return [`still there ${stopLimitMs} ms after SIGTERM`]
  }
}
