/** A service of `tests/failure/services/` as a process of its own, on free ports, under the runtime that is asked for. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type Runtime = 'bun' | 'node'

/** The runtimes under test: the one that `RUNTIME` names, else both. */
export const runtimes: readonly Runtime[] =
  process.env.RUNTIME === 'bun' || process.env.RUNTIME === 'node' ? [process.env.RUNTIME] : ['node', 'bun']

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** From the moment it was told to end, or from its start, in milliseconds. */
  readonly afterMs: number
}

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const living = new Set<ServiceProcess>()

export class ServiceProcess {
  readonly port: number
  readonly adminPort: number
  /** Everything it has printed, line by line. */
  readonly lines: string[] = []
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  #countedFromMs = performance.now()

  constructor(child: ChildProcess, port: number, adminPort: number) {
    this.#child = child
    this.port = port
    this.adminPort = adminPort
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface(stream).on('line', (line) => this.lines.push(line))
    }
    this.exited = once(child, 'close').then(([code, signal]) => {
      living.delete(this)
      return { code, signal, afterMs: performance.now() - this.#countedFromMs }
    })
    living.add(this)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.adminPort}`
  }

  signal(name: NodeJS.Signals): void {
    this.#countedFromMs = performance.now()
    this.#child.kill(name)
  }

  /** Tells it to stop and waits for its end. */
  stop(): Promise<Exit> {
    this.signal('SIGTERM')
    return this.exited
  }

  /** Resolves when it has printed `text` in that many lines. */
  async untilPrinted(text: string, times = 1, limitMs = 30_000): Promise<void> {
    const deadlineMs = performance.now() + limitMs
    while (this.lines.filter((line) => line.includes(text)).length < times) {
      if (performance.now() > deadlineMs) throw new Error(`no '${text}' in ${limitMs} ms:\n${this.lines.join('\n')}`)
      await sleep(20)
    }
  }

  /** Fails with the service's output if it ends, or is not ready in time. */
  async untilReady(limitMs = 20_000): Promise<void> {
    const deadlineMs = performance.now() + limitMs
    let exit: Exit | undefined
    void this.exited.then((value) => {
      exit = value
    })
    while (!(await isReady(this.adminPort))) {
      if (exit !== undefined) throw new Error(`it ended with ${exit.code ?? exit.signal}:\n${this.lines.join('\n')}`)
      if (performance.now() > deadlineMs) throw new Error(`not ready after ${limitMs} ms:\n${this.lines.join('\n')}`)
      await sleep(20)
    }
  }
}

export async function startService(
  name: string,
  runtime: Runtime,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  const child = spawn(runtime, [join(projectRoot, 'tests/failure/services', `${name}.ts`)], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: String(port), ADMIN_PORT: String(adminPort), ...env },
  })
  return new ServiceProcess(child, port, adminPort)
}

/** For the end of a test file: leaves nothing behind, whatever failed. */
export async function killAll(): Promise<void> {
  const left = [...living]
  for (const service of left) service.signal('SIGKILL')
  await Promise.all(left.map((service) => service.exited))
}

export async function isReady(adminPort: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return address.port
}
