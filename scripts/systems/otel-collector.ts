/** An OpenTelemetry collector of its own with `deploy/otel-collector/collector.yaml` (Go; `node scripts/ci/otel-collector.ts` builds it). */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loopback, type System, startServer } from './server-process.ts'

const deploy = fileURLToPath(new URL('../../deploy/otel-collector', import.meta.url))
/** Its source: what collector.yaml names, and no more. */
export const collectorSource = `${deploy}/distribution`
/** Where it is kept once built; not in the repository. */
export const collectorProgram: string = fileURLToPath(
  new URL('../../node_modules/.cache/otel-collector/otelcol', import.meta.url),
)

export const collectorMissing: string | false =
  !existsSync(collectorProgram) &&
  'the OpenTelemetry collector is not on this machine; node scripts/ci/otel-collector.ts builds it with Go 1.25'

export interface CollectorSystem extends System {
  /** Where it takes OTLP. */
  readonly url: string
}

export interface CollectorOptions {
  /** Where it sends everything. */
  readonly sendTo: string
  /** Whose lines it reads, such as `/var/log/*.log`. */
  readonly logFiles: string
}

export async function startCollector({ sendTo, logFiles }: CollectorOptions): Promise<CollectorSystem> {
  const server = await startServer({
    name: 'otel-collector',
    command: 'env',
    args: ({ port }) => [
      `OTLP_LISTEN=${loopback}:${port}`,
      `OTLP_ENDPOINT=${sendTo}`,
      `LOG_FILES=${logFiles}`,
      collectorProgram,
      '--config',
      `${deploy}/collector.yaml`,
    ],
    answers: async ({ port }) => {
      const answer = await fetch(`http://${loopback}:${port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(1_000),
      })
      if (!answer.ok) throw new Error(`it answers ${answer.status}`)
      await answer.text()
    },
  })
  return Object.assign(server, { url: `http://${loopback}:${server.port}` })
}
