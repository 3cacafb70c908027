/** A Prometheus (Debian package `prometheus`) over the configuration in a folder, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export class PrometheusProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(folder: string, port: number, flags: readonly string[] = []): Promise<PrometheusProcess> {
    const child = spawn(
      'prometheus',
      [
        '--config.file=prometheus.yml',
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        '--log.level=warn',
        ...flags,
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const prometheus = new PrometheusProcess(child, `http://127.0.0.1:${port}`)
    await eventually('Prometheus is ready', async () => (await fetch(`${prometheus.url}/-/ready`)).ok)
    return prometheus
  }

  /** What its API answers, such as to `targets`. */
  async ask<T>(path: string): Promise<T> {
    const { status, data } = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { status: string; data: T }
    if (status !== 'success') throw new Error(`${path}: ${status}`)
    return data
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}

/** Tries again until it holds, a minute at most; what it throws counts as not yet. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000
  let last: unknown
  while (performance.now() < endMs) {
    try {
      if (await holds()) return
      last = undefined
    } catch (error) {
      last = error
    }
    await sleep(200)
  }
  throw new Error(`did not come about within a minute: ${what}`, { cause: last })
}
