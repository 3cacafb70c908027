/**
 * Which engine a service runs on, by its own word. One that is told to use libc and cannot takes sockets and goes on, which is
 * right for a service and wrong for a measurement.
 *
 *   start ──a line of its log says "ready"──▶ the engine in it ──▶ SIGKILL
 *     └─ends, or is silent for 10 s─▶ throws with the last that it said
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { environment, freePort } from './running-server.ts'
import type { Target } from './target.ts'

const patienceMs = 10_000

export async function announcedEngine(target: Target, cache: string): Promise<string> {
  const [command = '', ...args] = target.command(cache)
  const env = environment(target, await freePort())
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env,
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  })
  let last = 'it said nothing'
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const engine = engineIn(line)
      if (engine !== undefined) return engine
      last = line
    }
  } finally {
    child.kill('SIGKILL')
  }
  throw new Error(`it did not become ready: ${last.slice(0, 300)}`)
}

function engineIn(line: string): string | undefined {
  if (!line.includes('"ready"')) return undefined
  const { engine } = JSON.parse(line) as { engine?: string }
  return engine
}
