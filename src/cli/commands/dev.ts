/** `genever dev`: all services of a workspace as processes on this machine, restarted when their source changes. */
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { runWorkspace } from '../../orchestrator/run-workspace.ts'
import { stopSignal } from '../../orchestrator/stop-signal.ts'
import { processEnvironment } from '../../platform/environment.ts'
import type { RuntimeName } from '../../platform/runtime.ts'
import { wantsColor } from '../../telemetry/formats/pretty.ts'
import type { DashboardBeside } from '../dashboard-beside.ts'

interface DevOptions {
  readonly runtime?: RuntimeName
  readonly watch: boolean
  readonly dashboard: boolean
}

const help = `
The workspace is declared in genever.json:

  {
    "name": "shop",
    "services": {
      "users":  { "entry": "users/main.ts" },
      "orders": { "entry": "orders/main.ts", "needs": ["users"], "port": 8080 }
    },
    "shared": ["lib"]
  }

Each service gets a free port (PORT, ADMIN_PORT) that it keeps for the whole run, and the addresses of all others
(USERS_URL, ORDERS_URL). One that crashes is started again, after a growing pause; one whose folder changes, or what is
shared, is drained and started anew. Ctrl-C stops all of them in reverse order.

A dashboard runs beside them, in a process of its own: traces, logs and metrics of all services, topology, stop and start.
They send to it because OTEL_EXPORTER_OTLP_ENDPOINT names it, unless it is set already.

Examples:
  $ genever dev                  the workspace in this folder
  $ genever dev examples/shop    another one
  $ genever dev --runtime node   on another runtime than declared`

export function configure(command: Command): void {
  command
    .argument('[folder]', 'the folder that holds genever.json', '.')
    .addOption(new Option('--runtime <name>', 'what runs the services; default as declared').choices(['bun', 'node']))
    .option('--no-watch', 'do not restart what changes')
    .option('--no-dashboard', 'run the services alone')
    .addHelpText('after', help)
    .action(dev)
}

async function dev(folder: string, { runtime, watch, dashboard: wantsDashboard }: DevOptions): Promise<void> {
  const startedMs = performance.now()
  const write = (text: string): void => void process.stdout.write(text)
  const dashboard = wantsDashboard ? await besideOf(folder, write) : undefined
  await runWorkspace({
    folder,
    runtime,
    watch,
    stop: stopSignal(),
    env: dashboard?.env ?? processEnvironment,
    ...(dashboard !== undefined && { beside: dashboard.beside }),
    color: wantsColor(processEnvironment, process.stdout.isTTY),
    write,
    onReady({ services }) {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      console.log(`\nAll ${services.length} services are ready after ${seconds} s; Ctrl-C ends them.`)
      const width = Math.max('dashboard'.length, ...services.map(({ name }) => name.length))
      for (const { name, url } of services) console.log(`  ${name.padEnd(width)}  ${url}`)
      if (dashboard !== undefined) console.log(`  ${'dashboard'.padEnd(width)}  ${dashboard.link}`)
      console.log('')
    },
  })
}

/** Loaded only where it is wanted. */
async function besideOf(folder: string, write: (text: string) => void): Promise<DashboardBeside> {
  const { dashboardBeside } = await import('../dashboard-beside.ts')
  return dashboardBeside({ env: processEnvironment, data: join(folder, '.genever', 'dashboard.db'), write })
}
