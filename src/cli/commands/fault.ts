/**
 * `genever fault`: has a running service fail on purpose, and ends that.
 *
 *   list │ inject │ stop ─▶ admin port of the service: /faults ─▶ what is active
 */
import { type Command, InvalidArgumentError } from 'commander'
import { processEnvironment } from '../../platform/environment.ts'
import type { Fault, FaultDelay, FaultEffect, FaultTarget } from '../../resilience/fault/fault.ts'
import type { ActiveFault, EndedFault, FaultsView } from '../../resilience/fault/fault-registry.ts'
import { type AdminWords, addAdminOptions, adminHelp, askAdmin } from '../internal/admin-port.ts'
import { durationMs } from '../internal/duration.ts'
import { activeRow, endedRow } from '../internal/fault-rows.ts'
import { columns } from './routes.ts'

const help = `
A fault ends by itself when its time is over. In production a service takes none unless it was started with FAULTS=on.
${adminHelp}

Examples:
  $ genever fault inject --latency 300 --for 1m                        every answer takes 300 ms longer
  $ genever fault inject --error 503 --share 0.2 --for 5m              one request of five fails
  $ genever fault inject --latency 300~100 --route /orders/:id --method GET --for 5m
  $ genever fault inject --abort --calls inventory --for 30s           as if inventory were gone
  $ genever fault list
  $ genever fault stop f1`

const injectHelp = `
Examples:
  $ genever fault inject --latency 200 --for 1m              always 200 ms
  $ genever fault inject --latency 100..500 --for 1m         anything between
  $ genever fault inject --latency 300~100 --for 1m          300 ms on average, 100 ms standard deviation
  $ genever fault inject --error 429:TOO_BUSY --for 1m       a status, and the code of the error
  $ genever fault inject --slow-body 1000 --for 1m           answers trickle, 1,000 bytes a second
  $ genever fault inject --abort --header x-canary=yes --for 1m
  $ genever fault inject --error 503 --calls inventory --route /stock/:sku --for 1m`

export function configure(command: Command): void {
  command.addHelpText('after', help)
  addAdminOptions(command.command('list').description('what is active, and what has ended'))
    .option('--json', 'as the service says it', false)
    .action(list)
  addAdminOptions(command.command('stop').description('end faults before their time'))
    .argument('[ids...]', 'such as f1')
    .option('--all', 'every fault of the service', false)
    .action(stop)
  addInjectOptions(command.command('inject').description('begin a fault'))
    .addHelpText('after', injectHelp)
    .action(inject)
}

interface InjectWords extends AdminWords {
  readonly for: number
  readonly latency?: FaultDelay
  readonly error?: FaultEffect
  readonly abort?: true
  readonly slowBody?: number
  readonly cutBody?: number
  readonly calls?: string | true
  readonly route?: string
  readonly method?: string
  readonly header?: Readonly<Record<string, string>>
  readonly tenant?: string
  readonly service?: string
  readonly share?: number
  readonly seed?: number
  readonly reason?: string
}

function addInjectOptions(command: Command): Command {
  return addAdminOptions(command)
    .requiredOption('--for <duration>', 'until it ends by itself, such as 30s or 5m', durationMs)
    .option('--latency <ms>', '200, 100..500 (between) or 300~100 (mean and deviation)', delayFrom)
    .option('--error <status[:CODE]>', 'fail with this status', errorFrom)
    .option('--abort', 'reset the connection')
    .option('--slow-body <bytes>', 'bytes a second', number)
    .option('--cut-body <share>', 'break the answer off after this share of it', number)
    .option(
      '--calls [upstream]',
      'hit the calls that the service makes, to this service or host:port (default: its requests)',
    )
    .option('--route <pattern>', 'only this route, by pattern or name')
    .option('--method <method>', 'only this method')
    .option('--header <name=value>', 'only with this header, * is any value; may be repeated', headerFrom)
    .option('--tenant <tenant>', 'only on behalf of this one')
    .option('--service <name>', 'refuse if the service has another name')
    .option('--share <share>', 'share of what fits, such as 0.2', number)
    .option('--seed <number>', 'chance repeats itself', number)
    .option('--reason <text>', 'for those who read the list')
}

async function inject(words: InjectWords, command: Command): Promise<void> {
  const fault = faultFrom(words, command)
  const active = (await askAdmin(words, { method: 'POST', path: `/faults?by=${me()}`, body: fault })) as ActiveFault
  console.log(`${active.id}  ${active.service}  until ${active.endsAt}`)
}

async function list({ json, ...words }: AdminWords & { json: boolean }): Promise<void> {
  const view = (await askAdmin(words, { path: '/faults' })) as FaultsView
  if (json) return console.log(JSON.stringify(view, null, 2))
  for (const line of columns([...view.active.map(activeRow), ...view.history.slice(0, 20).map(endedRow)]))
    console.log(line)
  if (view.active.length === 0) console.error(`'${view.service}' suffers no fault.`)
}

async function stop(
  ids: readonly string[],
  { all, ...words }: AdminWords & { all: boolean },
  command: Command,
): Promise<void> {
  if (all === ids.length > 0) command.error("error: name the faults to stop ('genever fault list'), or say --all")
  const path = (id: string): string => `/faults/${encodeURIComponent(id)}?by=${me()}`
  if (all) {
    const { stopped } = (await askAdmin(words, { method: 'DELETE', path: `/faults?by=${me()}` })) as {
      stopped: EndedFault[]
    }
    for (const { id } of stopped) console.log(`${id}  stopped`)
  }
  for (const id of ids) {
    await askAdmin(words, { method: 'DELETE', path: path(id) })
    console.log(`${id}  stopped`)
  }
}

/** What was asked for; whether it can be is for the service to say. */
function faultFrom(words: InjectWords, command: Command): Fault {
  const [effect, ...others] = effectsFrom(words)
  if (effect === undefined || others.length > 0) {
    command.error('error: say what goes wrong, by one of --latency, --error, --abort, --slow-body and --cut-body')
  }
  const { share, seed, reason } = words
  const target = targetFrom(words)
  return {
    effect: effect as FaultEffect,
    ...(target !== undefined && { target }),
    ...(share !== undefined && { share }),
    durationMs: words.for,
    ...(seed !== undefined && { seed }),
    ...(reason !== undefined && { reason }),
  }
}

function effectsFrom({ latency, error, abort, slowBody, cutBody }: InjectWords): FaultEffect[] {
  return [
    ...(latency === undefined ? [] : [{ kind: 'latency', delay: latency } as const]),
    ...(error === undefined ? [] : [error]),
    ...(abort === undefined ? [] : [{ kind: 'abort' } as const]),
    ...(slowBody === undefined ? [] : [{ kind: 'slow-body', bytesPerSecond: slowBody } as const]),
    ...(cutBody === undefined ? [] : [{ kind: 'cut-body', after: cutBody } as const]),
  ]
}

function targetFrom({ calls, route, method, header, tenant, service }: InjectWords): FaultTarget | undefined {
  const target: FaultTarget = {
    ...(calls !== undefined && { side: 'calls' }),
    ...(typeof calls === 'string' && { upstream: calls }),
    ...(route !== undefined && { route }),
    ...(method !== undefined && { method: method.toUpperCase() }),
    ...(header !== undefined && { headers: header }),
    ...(tenant !== undefined && { tenant }),
    ...(service !== undefined && { service }),
  }
  return Object.keys(target).length === 0 ? undefined : target
}

function delayFrom(text: string): FaultDelay {
  const [, first, sign, second] = /^(\d+)(?:(\.\.|~)(\d+))?$/.exec(text) ?? []
  if (first === undefined) throw new InvalidArgumentError('Write milliseconds: 200, 100..500 or 300~100.')
  if (sign === undefined) return { kind: 'fixed', ms: Number(first) }
  if (sign === '..') return { kind: 'uniform', minMs: Number(first), maxMs: Number(second) }
  return { kind: 'normal', meanMs: Number(first), deviationMs: Number(second) }
}

function errorFrom(text: string): FaultEffect {
  const [, status, code] = /^(\d{3})(?::(\w+))?$/.exec(text) ?? []
  if (status === undefined) throw new InvalidArgumentError('Write a status, and a code if you wish: 503, 429:TOO_BUSY.')
  return { kind: 'error', status: Number(status), ...(code !== undefined && { code }) }
}

function headerFrom(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=\s]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Write name=value.')
  return { ...before, [name.toLowerCase()]: value }
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Write a number.')
}

/** Who asks, for those who read the list. */
function me(): string {
  return encodeURIComponent(processEnvironment.USER ?? processEnvironment.USERNAME ?? 'cli')
}
