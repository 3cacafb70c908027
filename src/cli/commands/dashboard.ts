/** `genever dashboard`: a dashboard for anything that speaks OTLP, until it is told to stop. */
import type { Command } from 'commander'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { stopSignal } from '../../orchestrator/stop-signal.ts'
import { processEnvironment } from '../../platform/environment.ts'
import { preferSmallHeap } from '../../platform/small-heap.ts'
import { packageVersion } from '../package-version.ts'

interface DashboardWords {
  readonly port: string
  readonly host: string
  readonly data: string
  readonly token?: string
  readonly name?: readonly string[]
}

const help = `
It listens where OTLP is sent by default, so that a program with an OpenTelemetry exporter needs no setting; for others:

  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318   http/protobuf or http/json; traces, logs and metrics

On another address than loopback, programs that send need the token as well:

  OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer TOKEN"

Examples:
  $ genever dashboard                       on 127.0.0.1:4318, kept in .genever/dashboard.db
  $ genever dashboard --port 0 --data :memory:
  $ DASHBOARD_TOKEN=… genever dashboard --host 0.0.0.0 --name dashboard.example.com`

export function configure(command: Command): void {
  const append = (word: string, before: readonly string[] = []): string[] => [...before, word]
  command
    .option('--port <number>', 'where it listens; 0 takes a free one', '4318')
    .option('--host <address>', 'on which address', '127.0.0.1')
    .option('--data <file>', 'what is kept; :memory: keeps it until the end', '.genever/dashboard.db')
    .option('--token <text>', 'what visitors must have; default DASHBOARD_TOKEN, else a new one')
    .option('--name <name>', 'a further name by which it is called; may be repeated', append)
    .addHelpText('after', help)
    .action(runDashboard)
}

async function runDashboard({ host, data, name = [], ...words }: DashboardWords): Promise<void> {
  const stop = stopSignal()
  await preferSmallHeap()
  const [{ Dashboard }, { createJsonLogger }] = await Promise.all([
    import('../../dashboard/dashboard.ts'),
    import('../../telemetry/json-logger.ts'),
  ])
  const token = words.token ?? processEnvironment.DASHBOARD_TOKEN
  const dashboard = await Dashboard.start({
    ...{ host, data, names: name, port: portFrom(words.port), version: await packageVersion() },
    ...(token !== undefined && { token }),
    log: createJsonLogger({ level: 'info', fields: { service: 'dashboard' } }),
  })
  console.log(`dashboard  ${dashboard.link}`)
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
  await dashboard.stop()
}

/** @throws ServiceError `BAD_PORT` */
function portFrom(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new ServiceError('BAD_PORT', `--port takes a whole number from 0 to 65535, not '${text.slice(0, 20)}'.`)
}
