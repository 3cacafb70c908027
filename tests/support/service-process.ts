/** A service as a process of its own, on free ports, on either runtime. */
import { type ChildProcess, spawn } from 'node:child_process'

export interface ServiceProcessOptions {
  readonly runtime: 'node' | 'bun'
  /** The file to start. */
  readonly file: string
  readonly env?: Readonly<Record<string, string>>
}

export class ServiceProcess {
  readonly url: string
  readonly adminUrl: string
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>

  private constructor(child: ChildProcess, exited: Promise<number | null>, ready: { url: string; admin: string }) {
    this.#child = child
    this.#exited = exited
    this.url = ready.url
    this.adminUrl = ready.admin
  }

  /** Resolves when it says that it is ready. */
  static async start({ runtime, file, env = {} }: ServiceProcessOptions): Promise<ServiceProcess> {
    const child = spawn(runtime, [file], {
      env: { ...process.env, PORT: '0', ADMIN_PORT: '0', LOG_FORMAT: 'json', NODE_ENV: 'development', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const ready = await new Promise<{ url: string; admin: string }>((resolve, reject) => {
      let output = ''
      child.stdout?.on('data', (piece: Buffer) => {
        output = (output + piece).slice(-100_000)
        const line = output.split('\n').find((candidate) => candidate.includes('"message":"ready"'))
        if (line !== undefined) resolve(JSON.parse(line))
      })
      void exited.then((code) => reject(new Error(`it ended with ${code} before it was ready:\n${output}`)))
    })
    return new ServiceProcess(child, exited, ready)
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The exit code; SIGTERM asks for it. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    return this.#exited
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** The value of a sample in `/metrics`; 0 if there is none. */
  async sample(name: string): Promise<number> {
    const text = await (await fetch(`${this.adminUrl}/metrics`)).text()
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1) ?? 0)
  }
}
