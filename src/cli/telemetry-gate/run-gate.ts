/**
 * The gate's three parties, each a process of its own.
 *
 *   receiver ready ─▶ service started with OTEL_* set to it ─▶ generator (this process) ─▶ service stops, which flushes
 *                                                                                       └▶ receiver reports ─▶ verdict
 */
import { dirname, resolve } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { processEnvironment } from '../../platform/environment.ts'
import { type RunningProcess, spawnProcess } from '../../platform/processes.ts'
import { currentRuntimeCommand } from '../../platform/runtime-command.ts'
import type { CounterAnswer } from './counter-messages.ts'
import type { GateLimits, GatePlan } from './gate-plan.ts'
import { type GateRequest, sendTraffic } from './gate-traffic.ts'
import { type GateVerdict, judge } from './gate-verdict.ts'
import type { TraceTally } from './span-tally.ts'

export interface GateRun {
  /** The file that runs the service. */
  readonly file: string
  readonly plan: GatePlan
  readonly limits: GateLimits
  readonly requests: readonly GateRequest[]
  readonly onProgress?: (sent: number) => void
}

/** @throws ServiceError `GATE_FAILED` if one of the processes does not do its part. */
export async function runGate({ file, plan, limits, requests, onProgress }: GateRun): Promise<GateVerdict> {
  const receiver = await startReceiver()
  const service = await startService(file, { plan, receiverUrl: receiver.url }).catch((error: unknown) => {
    receiver.child.kill('SIGKILL')
    throw error
  })
  try {
    const traffic = await sendTraffic({ url: service.url, plan, requests, ...(onProgress && { onProgress }) })
    service.child.kill('SIGTERM')
    await service.child.exited
    return judge(plan, traffic, { traces: await receiver.report(), limits })
  } finally {
    service.child.kill('SIGKILL')
    receiver.child.kill('SIGKILL')
  }
}

interface Receiver {
  readonly child: RunningProcess
  readonly url: string
  report(): Promise<readonly TraceTally[]>
}

async function startReceiver(): Promise<Receiver> {
  const { command, args } = currentRuntimeCommand()
  const ready = Promise.withResolvers<string>()
  const report = Promise.withResolvers<readonly TraceTally[]>()
  const child = await spawnProcess({
    command,
    args: [...args, new URL(import.meta.url.replace('run-gate', 'span-counter')).pathname],
    onMessage(message) {
      const answer = message as CounterAnswer
      if (answer.kind === 'ready') ready.resolve(answer.url)
      else report.resolve(answer.traces)
    },
  })
  void child.exited.then(() => {
    ready.reject(gateFailed('the receiver ended'))
    report.reject(gateFailed('the receiver ended'))
  })
  // Nobody waits for a report of a receiver that never was ready.
  report.promise.catch(() => {})
  const url = await ready.promise
  return {
    child,
    url,
    report() {
      child.send('report')
      return report.promise
    },
  }
}

async function startService(
  file: string,
  { plan, receiverUrl }: { plan: GatePlan; receiverUrl: string },
): Promise<{ child: RunningProcess; url: string }> {
  const { command, args } = currentRuntimeCommand()
  const ready = Promise.withResolvers<string>()
  const output: string[] = []
  const child = await spawnProcess({
    command,
    args: [...args, resolve(file)],
    cwd: dirname(resolve(file)),
    env: { ...processEnvironment, ...environmentFor(plan, receiverUrl) },
    onStdout: (line) => {
      const url = urlIn(line)
      if (url !== undefined) ready.resolve(url)
      if (output.length < 50) output.push(line)
    },
    // Its end tells the service that nobody is left to stop it.
    onMessage: () => {},
  })
  void child.exited.then(() => ready.reject(gateFailed(`the service ended before it was ready:\n${output.join('\n')}`)))
  return { child, url: await ready.promise }
}

function environmentFor({ ratio }: GatePlan, receiverUrl: string): Record<string, string> {
  return {
    PORT: '0',
    ADMIN_PORT: '0',
    NODE_ENV: 'development',
    LOG_FORMAT: 'json',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiverUrl,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(ratio),
    OTEL_PROPAGATORS: 'tracecontext,baggage',
  }
}

function urlIn(line: string): string | undefined {
  if (!line.includes('"message":"ready"')) return undefined
  const { url } = Object(JSON.parse(line))
  return typeof url === 'string' ? url : undefined
}

function gateFailed(why: string): ServiceError {
  return new ServiceError('GATE_FAILED', `The gate could not be run: ${why}.`)
}
