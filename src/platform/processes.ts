/**
 * Processes: starts programs that do not outlive us.
 *
 *   spawnProcess ─▶ running ──line*, message*──▶ exit ─▶ its whole process group is killed ─▶ exited { code, signal }
 *
 * Each program leads a process group of its own, so that a signal reaches what it started in turn, and so that Ctrl-C in
 * a terminal reaches us alone: whoever starts processes forwards the signals that it gets. Should we be killed without
 * a chance to do so, a child with a message channel learns of it by `onParentGone`.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { LineSplitter } from './lines.ts'
import { systemCode } from './socket-errors.ts'

export interface ProcessOptions {
  /** A path, or a name that is looked up in PATH. */
  command: string
  args?: readonly string[]
  /** Default: ours. */
  cwd?: string
  /** The whole environment, ours by default; a variable that is undefined is left out. */
  env?: Readonly<Record<string, string | undefined>>
  /** Called with each line of the output, without its line end; longer ones are cut at 65,536 characters. Default: goes where ours goes. */
  onStdout?(line: string): void
  onStderr?(line: string): void
  /** Opens a channel for messages (JSON) and is called with each. The program must be one of ours, on either runtime. */
  onMessage?(message: unknown): void
  /** File descriptors of ours that the program gets as 3, 4 and so on. */
  inherit?: readonly number[]
}

export interface RunningProcess {
  readonly pid: number
  /** Resolves when it is over and its last line and message were delivered. Never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Sends a JSON value. False if there is no channel or the process has closed it. */
  send(message: unknown): boolean
  /** Signals the process and all that it started; default SIGTERM. Does nothing once it is over. */
  kill(signal?: NodeJS.Signals): void
}

export interface ProcessExit {
  /** Undefined if a signal ended the process. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** How long output and channel may stay open after the exit: somebody outside the process group may hold them. */
const outputGraceMs = 1_000

/**
 * Resolves once the program runs.
 *
 * @throws ServiceError `SPAWN_FAILED` if there is no such program or folder, or the system refuses.
 */
export async function spawnProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args = [], cwd, env, inherit = [] } = options
  const stdio = stdioFrom(options, inherit)
  const child = spawn(command, args, {
    stdio,
    detached: true,
    serialization: 'json',
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...env } }),
  })
  const running = new PlatformProcess(child, options)
  await started(child, options)
  return running
}

function stdioFrom({ onStdout, onStderr, onMessage }: ProcessOptions, inherit: readonly number[]): StdioOptions {
  const output = [onStdout ? 'pipe' : 'inherit', onStderr ? 'pipe' : 'inherit'] as const
  return ['ignore', ...output, ...inherit, ...(onMessage ? (['ipc'] as const) : [])]
}

function started(child: ChildProcess, { command, cwd }: ProcessOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      const where = cwd === undefined ? '' : ` in ${cwd}`
      const reason = systemCode(cause) === 'ENOENT' ? 'there is no such program or folder' : cause.message
      reject(new ServiceError('SPAWN_FAILED', `Cannot start ${command}${where}: ${reason}.`, { cause }))
    })
  })
}

class PlatformProcess implements RunningProcess {
  readonly exited: Promise<ProcessExit>
  readonly #child: ChildProcess
  #over = false

  constructor(child: ChildProcess, { onStdout, onStderr, onMessage }: ProcessOptions) {
    this.#child = child
    if (onStdout) deliverLines(child.stdout, onStdout)
    if (onStderr) deliverLines(child.stderr, onStderr)
    if (onMessage) child.on('message', onMessage)
    // A failed start is told by `started`, a failed send by `send`; without a listener either would end this process.
    child.on('error', () => undefined)
    this.exited = this.#exit()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  send(message: unknown): boolean {
    if (!this.#child.connected) return false
    this.#child.send(message as string, () => undefined)
    return true
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    if (!this.#over) this.#signalGroup(signal)
  }

  async #exit(): Promise<ProcessExit> {
    // The channel may hold messages when the exit is known already.
    const ends = this.#child.connected ? ['close', 'disconnect'] : ['close']
    const closed = Promise.all(ends.map((event) => new Promise((resolve) => this.#child.once(event, resolve))))
    const exit = await new Promise<ProcessExit>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }))
    })
    this.#signalGroup('SIGKILL')
    this.#over = true
    await withinGrace(closed)
    return exit
  }

  /** The group lives while any of its members does; when none is left, there is nobody to tell. */
  #signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch (error) {
      if (systemCode(error) !== 'ESRCH') throw error
    }
  }
}

function deliverLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  const splitter = new LineSplitter({ onLine })
  stream?.on('data', (bytes: Uint8Array) => splitter.push(bytes))
  stream?.on('end', () => splitter.end())
}

async function withinGrace(closed: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, outputGraceMs)
  })
  await Promise.race([closed, grace])
  clearTimeout(timer)
}
