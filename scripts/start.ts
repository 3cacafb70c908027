/**
 * `npm start`: the shop, our reference system, as processes on this machine.
 *
 *   npm start                      on Bun, until Ctrl-C; what changes is restarted
 *   npm start -- --runtime node    on Node.js
 *   npm start -- --tour            signs up, browses, orders, shows what happened, and ends
 *   npm start -- --no-dashboard    the services alone
 *
 * SHOP_DATA names the folder for the data; default `.genever/shop`, which is kept between runs.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Orchestrator } from '../src/orchestrator/orchestrator.ts'

// First of all, before anything is loaded: from here on a signal ends everything in an orderly way.
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'bun' },
    tour: { type: 'boolean', default: false },
    'no-dashboard': { type: 'boolean', default: false },
  },
})
const { onParentGone } = await import('../src/platform/parent-process.ts')
// Killed without a chance to pass it on, npm would leave us behind.
if (process.env.npm_lifecycle_event === 'start') onParentGone(() => stop.abort())

const { runWorkspace } = await import('../src/orchestrator/run-workspace.ts')
const { wantsColor } = await import('../src/telemetry/formats/pretty.ts')

const isTour = values.tour
const data = resolve(process.env.SHOP_DATA ?? '.genever/shop')
/** What services said during a tour, shown only if it fails. */
let unsaid = ''

try {
  const env = { ...process.env, SHOP_DATA: data }
  const dashboard = isTour || values['no-dashboard'] ? undefined : await besideOf(env)
  console.log(`The shop is starting on ${values.runtime} …`)
  await runWorkspace({
    folder: 'examples/shop',
    runtime: runtimeFrom(values.runtime),
    env: dashboard?.env ?? env,
    ...(dashboard !== undefined && { beside: dashboard.beside }),
    stop: stop.signal,
    watch: !isTour,
    color: wantsColor(process.env, process.stdout.isTTY),
    write(text) {
      if (isTour) unsaid += text
      else process.stdout.write(text)
    },
    async onReady(orchestrator) {
      const { services } = orchestrator
      console.log('')
      for (const { name, url } of services.toReversed()) console.log(`${name}  ${url}`)
      console.log(`data  ${data}`)
      if (dashboard !== undefined) console.log(`dashboard  ${dashboard.link}`)
      if (isTour) await guide(orchestrator)
      else console.log('\nCtrl-C ends it. `npm start -- --tour` shows what it can do.\n')
    },
  })
} catch (error) {
  process.stderr.write(unsaid)
  console.error(error)
  process.exitCode = 1
}

async function besideOf(env: NodeJS.ProcessEnv) {
  const { dashboardBeside } = await import('../src/cli/dashboard-beside.ts')
  return dashboardBeside({ env, data: `${data}/dashboard.db`, write: (text) => process.stdout.write(text) })
}

async function guide(orchestrator: Orchestrator): Promise<void> {
  const { tour } = await import('../examples/shop/tour.ts')
  const gateway = orchestrator.services.find(({ name }) => name === 'gateway')
  await tour({
    gateway: gateway?.url ?? '',
    admin: gateway?.adminUrl ?? '',
    inside: (service) => orchestrator.services.find(({ name }) => name === service)?.url ?? '',
    say: console.log,
    stop: (service) => orchestrator.stopService(service),
    start: (service) => orchestrator.startService(service),
  })
  console.log('\nThat was the tour. Everything is stopped; the data stays.')
  stop.abort()
}

function runtimeFrom(name: string): 'bun' | 'node' {
  if (name === 'bun' || name === 'node') return name
  throw new Error(`--runtime takes bun or node, not '${name}'.`)
}
