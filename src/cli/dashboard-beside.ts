/**
 * A dashboard beside the services of a workspace: its address is known before it listens, so that nobody waits for it.
 *
 *   free port, token ─▶ variables for the services ─▶ launch of both ─▶ services send, batches wait until it listens
 */
import { DashboardProcess } from '../dashboard/process/dashboard-process.ts'
import type { Controlled } from '../dashboard/workspace/workspace-link.ts'
import type { Environment } from '../platform/environment.ts'
import { listen } from '../platform/listen.ts'
import { fillRandom } from '../platform/random.ts'
import { packageVersion } from './package-version.ts'

export interface DashboardBeside {
  /** Lets a browser in. */
  readonly link: string
  /** What the services inherit. */
  readonly env: Environment
  /** Starts it; gives what ends it. */
  beside(controlled: Controlled): () => Promise<void>
}

export interface DashboardBesideOptions {
  readonly env: Environment
  /** File for what is kept. */
  readonly data: string
  /** Takes text that ends with a newline. */
  write(text: string): void
}

const host = '127.0.0.1'
/** Below the range from which the kernel picks ports of outgoing connections, as those of services are. */
const firstPort = 20_000
const portCount = 10_000
const maxAttempts = 100

export async function dashboardBeside({ env, data, write }: DashboardBesideOptions): Promise<DashboardBeside> {
  const [port, version] = await Promise.all([freePort(), packageVersion()])
  const token = randomToken()
  const url = `http://${host}:${port}`
  const adminToken = env.ADMIN_TOKEN ?? randomToken()
  const options = { host, port, token, data, adminToken, actions: env.NODE_ENV !== 'production', version }
  return {
    link: `${url}/#token=${token}`,
    env: {
      // Short delays: whoever has just made a request looks for its trace. What the user has set wins.
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_BLRP_SCHEDULE_DELAY: '500',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      ...env,
      ADMIN_TOKEN: adminToken,
    },
    beside(controlled) {
      const onNote = (text: string): void => write(`dashboard · ${text}\n`)
      const dashboard = new DashboardProcess({ controlled, options, onNote })
      dashboard.start()
      return () => dashboard.stop()
    },
  }
}

function randomToken(): string {
  const bytes = new Uint8Array(16)
  fillRandom(bytes)
  return Buffer.from(bytes).toString('hex')
}

async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = firstPort + Math.floor(Math.random() * portCount)
    try {
      const listener = await listen({ host, port, handlers: { data: () => {} } })
      await listener.close()
      return port
    } catch (error) {
      if (attempt >= maxAttempts) throw error
    }
  }
}
