/** `services/upstream.ts` as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

export type UpstreamMode = 'good' | 'failing' | 'slow'

export class UpstreamProcess {
  readonly url: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: Interface

  static async start(): Promise<UpstreamProcess> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../services/upstream.ts')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stderr.pipe(process.stderr)
    // A process that was killed is not there to be told anything.
    child.stdin.on('error', () => {})
    const lines = createInterface(child.stdout)
    const [port] = (await once(lines, 'line')) as [string]
    return new UpstreamProcess(child, lines, `http://127.0.0.1:${port}`)
  }

  private constructor(child: ChildProcessWithoutNullStreams, lines: Interface, url: string) {
    this.#child = child
    this.#lines = lines
    this.url = url
  }

  become(mode: UpstreamMode): void {
    this.#child.stdin.write(`${mode}\n`)
  }

  /** Requests since the last time. */
  async count(): Promise<number> {
    this.#child.stdin.write('count\n')
    const [count] = (await once(this.#lines, 'line')) as [string]
    return Number(count)
  }

  /** Its connections stay and new ones are accepted by the kernel, but nothing is answered any more. */
  fallSilent(): void {
    this.#child.kill('SIGSTOP')
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
