/** `genever gate telemetry FILE`: whether the spans of a service arrive, and as many as its sampling promises. */
import type { Command } from 'commander'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ServiceDeclaration } from '../../service/declaration.ts'
import { loadService } from '../load-service.ts'
import { defaultGateLimits, missProbability, planGate, totalOf } from './gate-plan.ts'
import type { GateRequest } from './gate-traffic.ts'
import { type GateVerdict, percent } from './gate-verdict.ts'

const help = `
It starts a receiver of OTLP and the service, each as a process, and sends mixed traffic: requests whose caller keeps their trace,
some whose caller does not, and others without one, of which the service shall keep a share (--ratio). Then it stops the service and compares
what was sent with what arrived. It fails when more than 0.05 % of the spans are lost, when the share that was kept is off by more
than 3 % of it, or when spans arrive that nobody wanted.

The traffic is as much as it takes: a right build is failed in 7 runs of a million, and one that loses 1 span in 500 passes in
less than one of a million (--short: one of ten thousand). A ratio of 0.1 takes ten times the traffic of 0.5 for the same
certainty; the code that decides is the same.

Examples:
  $ genever gate telemetry src/main.ts                                     every GET route without parameters, two minutes
  $ genever gate telemetry src/main.ts --short                             a minute, for each change
  $ genever gate telemetry src/main.ts --request 'GET /orders/7' --request 'POST /orders {"sku":"tea"}'
  $ genever gate telemetry src/main.ts --ratio 0.1 --rate 1000             the share that production has`

interface GateWords {
  readonly rate: string
  readonly ratio?: string
  readonly request?: readonly string[]
  readonly short?: boolean
}

export function configure(command: Command): void {
  const append = (word: string, before: readonly string[] = []): string[] => [...before, word]
  command
    .argument('<file>', 'the file that runs the service, such as src/main.ts')
    .option('--rate <number>', 'requests in a second', '500')
    .option(
      '--ratio <share>',
      'share of the traces that begin in the service which it shall keep (default 0.5; short 0.8)',
    )
    .option('--request <text>', 'method, path and JSON to send; may be repeated', append)
    .option('--short', 'less traffic, for each change')
    .addHelpText('after', help)
    .action(gate)
}

async function gate(file: string, words: GateWords): Promise<void> {
  const perSecond = numberFrom('--rate', words.rate, { least: 10, most: 10_000 })
  const ratio = words.ratio === undefined ? undefined : numberFrom('--ratio', words.ratio, { least: 0.001, most: 1 })
  const plan = planGate({ isShort: words.short === true, perSecond, ratio })
  const requests = words.request?.map(requestFrom) ?? requestsOf((await loadService(file)).declaration)
  if (requests.length === 0) throw noRequests()
  const total = totalOf(plan)
  console.error(`${total} requests, ${perSecond} in a second: ${Math.ceil(total / perSecond)} s`)
  const { runGate } = await import('./run-gate.ts')
  const verdict = await runGate({ file, plan, limits: defaultGateLimits, requests })
  for (const line of linesOf(verdict, plan.ratio)) console.log(line)
  if (verdict.passed) return
  throw new ServiceError('TELEMETRY_GATE', `The telemetry of this build is not right: ${verdict.problems.join('; ')}.`)
}

function linesOf({ expectedSpans, lostSpans, keptShare, samplingError, routes }: GateVerdict, ratio: number): string[] {
  const missed = missProbability(expectedSpans).toExponential(0)
  return [
    ...routes.map(
      ({ route, traces, spansPerTrace, varies, lost }) =>
        `${route}: ${traces} traces of ${spansPerTrace} spans${varies ? ' (the rest varies and is not counted)' : ''}, ${lost} lost`,
    ),
    `loss      ${lostSpans} of ${expectedSpans} spans, ${percent(lostSpans / expectedSpans)} (1 in 500 would be missed with probability ${missed})`,
    `sampling  ${percent(keptShare)} kept of ${percent(ratio)} asked for, off by ${percent(samplingError)}`,
  ]
}

/** What can be asked without knowing anything. */
function requestsOf({ routes }: ServiceDeclaration): GateRequest[] {
  return routes
    .filter(({ method, path }) => method === 'GET' && !/[:*]/.test(path))
    .map(({ method, path }) => ({ method, path }))
}

const requestForm = /^([A-Z]+) (\/\S*)(?: (.+))?$/

/** @throws ServiceError `BAD_OPTION`. */
function requestFrom(text: string): GateRequest {
  const [, method, path, body] = requestForm.exec(text) ?? []
  if (method !== undefined && path !== undefined) return { method, path, ...(body !== undefined && { body }) }
  throw badOption(
    `--request: expected a method, a path and perhaps JSON, such as 'GET /orders/7', got '${text.slice(0, 64)}'`,
  )
}

function numberFrom(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = Number(text)
  if (value >= least && value <= most) return value
  throw badOption(`${option}: expected a number from ${least} to ${most}, got '${text.slice(0, 32)}'`)
}

function badOption(message: string): ServiceError {
  return new ServiceError('BAD_OPTION', `${message}.`)
}

function noRequests(): ServiceError {
  return new ServiceError(
    'NO_REQUESTS',
    "The service has no GET route without parameters; say what to send: --request 'GET /orders/7'.",
  )
}
