/**
 * `genever gate slo`: do the promises of services hold, by the numbers that the alerts are made of?
 *
 *   declarations ─▶ Prometheus: requests and bad ones within --window ─┐
 *   admin port: /slo, and again after --window ────────────────────────┴▶ gate ─▶ pass │ fail │ undecided
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { type GateOptions, type GateVerdict, gate, type SloReading } from '../../slo/gate.ts'
import { type Objective, objectivesOf } from '../../slo/objective.ts'
import { PrometheusSource } from '../../slo/prometheus-source.ts'
import type { ObjectiveView, SloView } from '../../slo/slo-view.ts'
import { columns } from '../commands/routes.ts'
import { EndedWith } from '../ended-with.ts'
import { askAdmin } from '../internal/admin-port.ts'
import { durationMs } from '../internal/duration.ts'
import { loadDeclarations } from '../load-declarations.ts'
import { gateCode } from './gate-code.ts'

const help = `
It asks either a Prometheus, what it has scraped of the services that FILES make (default: the workspace in this folder),
or the admin ports of running services. A service fails when it burned its error budget faster than --max-burn-rate, or
when the budget of 30 days is spent; with fewer requests than --min-requests nothing is known.

Examples:
  $ genever gate slo --prometheus http://prometheus:9090                      every service of this workspace, the last 10 minutes
  $ genever gate slo src/main.ts --prometheus http://prometheus:9090 --window 30m --selector 'job="orders",version="1.3.0"'
  $ genever gate slo --admin http://10.0.0.1:9090                             since the service started
  $ genever gate slo --admin http://10.0.0.1:9090 --window 1m                 watches it for a minute
  $ genever gate slo --prometheus http://prometheus:9090 && kubectl rollout resume deployment/orders

Exit codes: 0 pass, 1 fail, 2 no verdict: too few requests, or what was asked did not answer.`

interface GateWords extends GateOptions {
  readonly prometheus?: string
  readonly tokenFile?: string
  readonly admin?: readonly string[]
  readonly window?: number
  readonly selector?: string
  readonly json: boolean
}

export function configure(command: Command): void {
  command
    .argument('[files...]', 'what makes the services, or folders with a genever.json; with --prometheus')
    .addOption(new Option('--prometheus <url>', 'asked for what it has scraped').env('PROMETHEUS_URL'))
    .option('--token-file <file>', 'sent to Prometheus as bearer token')
    .option(
      '--admin <url>',
      'admin port of a running service; may be repeated',
      (url, before: readonly string[] = []) => [...before, url],
    )
    .option('--window <duration>', 'Prometheus: how far back (default 10m); --admin: how long to watch', durationMs)
    .option('--selector <matchers>', `Prometheus: what is judged (default job="NAME")`)
    .option('--max-burn-rate <rate>', 'how much faster than its budget it may fail', number, 1)
    .option('--min-requests <n>', 'with fewer nothing passes', number, 100)
    .option('--min-failures <n>', 'with fewer nothing fails', number, 5)
    .option('--json', 'the verdict as JSON', false)
    .addHelpText('after', help)
    .action(judge)
}

async function judge(files: readonly string[], words: GateWords, command: Command): Promise<void> {
  if (words.prometheus === undefined && words.admin === undefined) {
    command.error('error: say whom to ask: --prometheus URL, or --admin URL')
  }
  const measured = await readAll(files, words).catch((cause: unknown) => {
    throw new EndedWith(gateCode.undecided, cause)
  })
  const verdicts = measured.map(({ service, objectives, readings }) => ({
    service,
    ...gate(objectives, readings, words),
  }))
  tell(verdicts, words)
  const code = gateCode[worstOf(verdicts)]
  if (code !== gateCode.pass) throw new EndedWith(code)
}

interface Measured {
  readonly service: string
  readonly objectives: readonly Objective[]
  readonly readings: readonly SloReading[]
}

function readAll(files: readonly string[], words: GateWords): Promise<Measured[]> {
  const { prometheus, admin = [] } = words
  // An address in the environment is a default; who names a service means that.
  if (prometheus === undefined || admin.length > 0) return Promise.all(admin.map((url) => readService(url, words)))
  return readPrometheus(files, prometheus, words)
}

async function readPrometheus(files: readonly string[], url: string, words: GateWords): Promise<Measured[]> {
  const { tokenFile, window: windowMs, selector } = words
  const declarations = await loadDeclarations(files)
  const token = tokenFile === undefined ? undefined : (await readTextFile(tokenFile)).trim()
  const source = new PrometheusSource({ url, ...(token !== undefined && { token }) })
  const options = {
    ...(windowMs !== undefined && { windowSeconds: windowMs / 1_000 }),
    ...(selector !== undefined && { selector }),
  }
  try {
    return await Promise.all(
      declarations.map(async (declaration) => {
        const objectives = objectivesOf(declaration)
        return { service: declaration.name, objectives, readings: await source.readings(objectives, options) }
      }),
    )
  } finally {
    source.close()
  }
}

/** What happened between two answers, or since the start where there is no window. */
async function readService(admin: string, { window: windowMs }: GateWords): Promise<Measured> {
  const ask = async (): Promise<SloView> => (await askAdmin({ admin }, { path: '/slo' })) as SloView
  const first = windowMs === undefined ? undefined : await ask()
  if (windowMs !== undefined) {
    console.error(`watching ${first?.service} for ${windowMs / 1_000} s …`)
    await systemClock.sleep(windowMs)
  }
  const { service, objectives } = await ask()
  const readings = objectives.map((view) => readingOf(view, first?.objectives))
  return { service, objectives: objectives.map((view) => objectiveOf(service, view)), readings }
}

function readingOf(view: ObjectiveView, before: readonly ObjectiveView[] = []): SloReading {
  const first = before.find(({ objective }) => objective === view.objective)
  const { objective, requests, failures } = view
  // A process that was replaced meanwhile counts from zero: what it counted is all there is to see.
  const isContinued = first !== undefined && first.requests <= requests
  return {
    objective,
    requests: requests - (isContinued ? first.requests : 0),
    failures: failures - (isContinued ? first.failures : 0),
  }
}

/** As far as a gate looks at it: how it is measured the service knows. */
function objectiveOf(service: string, { objective: name, target }: ObjectiveView): Objective {
  const budget = Number((1 - target).toPrecision(12))
  return { service, name, target, budget, indicator: { kind: 'availability' } }
}

interface ServiceVerdict extends GateVerdict {
  readonly service: string
}

function tell(verdicts: readonly ServiceVerdict[], { json }: GateWords): void {
  if (json) {
    console.log(JSON.stringify({ verdict: worstOf(verdicts), services: verdicts }, null, 2))
    return
  }
  const rows = verdicts.flatMap(({ service, objectives }) =>
    objectives.map(({ verdict, objective, reason }) => [verdict, service, objective, reason]),
  )
  for (const line of columns(rows)) console.log(line)
  for (const { service, objectives } of verdicts)
    if (objectives.length === 0) console.error(`${service}: promises nothing.`)
  console.log(worstOf(verdicts))
}

/** A service that promises nothing is not judged, unless none promises anything. */
function worstOf(verdicts: readonly ServiceVerdict[]): GateVerdict['verdict'] {
  const judged = verdicts.filter(({ objectives }) => objectives.length > 0)
  for (const verdict of ['fail', 'undecided'] as const) {
    if (judged.some((each) => each.verdict === verdict)) return verdict
  }
  return judged.length === 0 ? 'undecided' : 'pass'
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Write a number from 0.')
}
