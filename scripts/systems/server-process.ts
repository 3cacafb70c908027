/**
 * ServerProcess: a real system on this machine, in a folder of its own, for tests and benchmarks.
 *
 *   start ─▶ prepare(folder) ─▶ spawn ─▶ answers? ─▶ running ─ pause ⇄ resume
 *                                 ▲                      │
 *                              restart ◀── kill │ restart┘        stop ─▶ gone, with its folder
 *
 * It listens on the loopback address only and dies with the process that started it. It leads a process group, which gets
 * the signals: a PostgreSQL whose first process alone is killed or stopped goes on with the others.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { giveTo, type SystemUser } from './system-user.ts'

export interface System {
  readonly host: string
  readonly port: number
  readonly pid: number
  /** Its data, configuration and sockets. */
  readonly folder: string
  /** Ends it at once, as a crash does (SIGKILL). What it had written is there after `restart()`. */
  kill(): Promise<void>
  /** Ends it properly if it runs, and starts it anew on the same port with the same folder. Resolves when it answers. */
  restart(): Promise<void>
  /** It keeps its connections and says nothing any more (SIGSTOP). */
  pause(): void
  resume(): void
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ServerPlan {
  /** Names its folder and its errors. */
  readonly name: string
  readonly command: string
  args(place: ServerPlace): readonly string[]
  /** Makes what must be there before the first start, such as the files of a database. */
  prepare?(place: ServerPlace): Promise<void>
  /** Resolves once it serves; a throw means not yet. */
  answers(place: ServerPlace): Promise<void>
  /** What ends it properly without waiting for clients; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  /** Whom it runs as, where we are root and it refuses to be. */
  readonly user?: SystemUser | undefined
  /** Default: a free one. */
  readonly port?: number | undefined
  /** Longest wait for its first answer; default 20,000. */
  readonly startTimeoutMs?: number
}

export interface ServerPlace {
  readonly folder: string
  readonly port: number
}

export const loopback = '127.0.0.1'

/** Why the tests of a system cannot run here; false if they can. `it('…', { skip: missingCommand(…) }, …)` */
export function missingCommand(command: string, debianPackage: string): string | false {
  const places = command.includes('/') ? [''] : (process.env.PATH ?? '').split(':').concat('/usr/sbin')
  const isThere = places.some((place) => isExecutable(place === '' ? command : join(place, command)))
  return isThere ? false : `${command} is not on this machine; on Debian: apt-get install ${debianPackage}`
}

/** Told to end, a process takes its servers along: without a listener it would end without its `exit`. */
let obeysSignals = false
function obeySignals(): void {
  if (obeysSignals) return
  obeysSignals = true
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(128 + number)
    })
  }
}

export async function startServer(plan: ServerPlan): Promise<System> {
  obeySignals()
  const folder = mkdtempSync(join(tmpdir(), `genever-${plan.name}-`))
  if (plan.user !== undefined) giveTo(plan.user, folder)
  try {
    // Another program may take a free port before the server does.
    for (let attempt = 1; ; attempt++) {
      const server = new ServerProcess(plan, { folder, port: plan.port ?? (await freePort()) })
      try {
        if (attempt === 1) await plan.prepare?.(server)
        await server.start()
        return server
      } catch (error) {
        await server.kill()
        if (attempt === 3 || plan.port !== undefined) throw error
      }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

class ServerProcess implements System {
  readonly host = loopback
  readonly port: number
  readonly folder: string
  readonly #plan: ServerPlan
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #output = ''
  readonly #killWithUs = (): void => this.#signal('SIGKILL')

  constructor(plan: ServerPlan, { folder, port }: ServerPlace) {
    this.#plan = plan
    this.folder = folder
    this.port = port
    process.on('exit', this.#killWithUs)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(): Promise<void> {
    this.#spawn()
    const { name, startTimeoutMs = 20_000 } = this.#plan
    const untilMs = performance.now() + startTimeoutMs
    for (let last: unknown; ; ) {
      try {
        return await this.#plan.answers(this)
      } catch (error) {
        last = error
      }
      if (this.#child === undefined) throw new Error(`${name} ended while it started:\n${this.#output}`)
      if (performance.now() > untilMs) throw new Error(`${name} does not answer:\n${this.#output}`, { cause: last })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async kill(): Promise<void> {
    const { pid } = this
    this.#signal('SIGKILL')
    await this.#exited
    await groupGone(pid)
  }

  /** After a kill it may refuse to start as long as the system has not taken everything of its forerunner away. */
  async restart(): Promise<void> {
    await this.#end()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.start()
      } catch (error) {
        if (attempt === 5) throw error
        await this.kill()
        await new Promise((resolve) => setTimeout(resolve, 100 * attempt))
      }
    }
  }

  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.#end()
    process.off('exit', this.#killWithUs)
    rmSync(this.folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #spawn(): void {
    const { command, user } = this.#plan
    const owner = user === undefined ? {} : { uid: user.uid, gid: user.gid }
    const args = this.#plan.args(this)
    const child = spawn(command, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...owner,
    })
    const keep = (piece: Buffer): void => {
      this.#output = (this.#output + piece.toString()).slice(-4_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    this.#child = child
    this.#exited = new Promise((resolve) => {
      const gone = (): void => {
        if (this.#child === child) this.#child = undefined
        resolve()
      }
      child.once('exit', gone)
      child.once('error', (error) => {
        this.#output += error.message
        gone()
      })
    })
  }

  /** Whoever does not end within its time is killed. */
  async #end(): Promise<void> {
    if (this.#child === undefined) return
    this.#signal('SIGCONT')
    // Its first process alone: a proper end is its own business.
    this.#child.kill(this.#plan.stopSignal ?? 'SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), 5_000)
    await this.#exited
    clearTimeout(timer)
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid > 0) signalGroup(this.pid, signal)
  }
}

/** Whether there was anybody to hear it. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

/** The others of a group end a moment after its leader. */
async function groupGone(leader: number): Promise<void> {
  if (leader === 0) return
  const untilMs = performance.now() + 1_000
  while (signalGroup(leader, 0) && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 5))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
