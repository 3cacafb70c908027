/**
 * The generator: requests at a steady rate, whether or not earlier ones are answered, as independent users send them.
 *
 *   every 10 ms ─▶ as many as are due ─▶ kind and route by lot ─▶ with a trace that is kept, one that is not, or none
 */
import { HttpClient } from '../../client/http-client.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { createNoopTracer } from '../../telemetry/noop-tracer.ts'
import { formatTraceparent } from '../../telemetry/propagation.ts'
import { rootContext } from '../../telemetry/trace-context.ts'
import { HeaderList } from '../../wire/headers.ts'
import type { GatePlan, RequestKind } from './gate-plan.ts'
import type { GateTraffic } from './gate-verdict.ts'

export interface GateRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** JSON. */
  readonly body?: string
}

export interface TrafficOptions {
  readonly url: string
  readonly plan: GatePlan
  /** Sent in turn. */
  readonly requests: readonly GateRequest[]
  /** Told of the progress about once a second. */
  readonly onProgress?: (sent: number) => void
}

const tickMs = 10
/** What the client itself would write is left out: the headers are the test. */
const silentTracer = createNoopTracer({ propagator: { extract: () => undefined, inject: () => {} } })

export async function sendTraffic({
  url,
  plan,
  requests,
  onProgress = () => {},
}: TrafficOptions): Promise<GateTraffic> {
  const client = new HttpClient({ maxPerHost: 256, tracer: silentTracer })
  const kept = new Map<string, string>()
  const dropped = new Set<string>()
  let own = 0
  const failures = new Map<string, number>()
  const send = async (kind: RequestKind, { method, path, body }: GateRequest): Promise<void> => {
    const headers = new HeaderList()
    const context = rootContext(kind === 'kept')
    if (kind !== 'own') headers.set('traceparent', formatTraceparent(context))
    if (body !== undefined) headers.set('content-type', 'application/json')
    const failure = await failureOf(client, `${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
    if (failure !== undefined) failures.set(failure, (failures.get(failure) ?? 0) + 1)
    else if (kind === 'kept') kept.set(context.traceId, `${method} ${path}`)
    else if (kind === 'dropped') dropped.add(context.traceId)
    else own++
  }

  const kinds = shuffled(plan.requests)
  const startedMs = systemClock.monotonic()
  const pending = new Set<Promise<void>>()
  for (let sent = 0; sent < kinds.length; ) {
    await systemClock.sleep(tickMs)
    const due = Math.min(kinds.length, Math.floor(((systemClock.monotonic() - startedMs) / 1_000) * plan.perSecond))
    for (; sent < due; sent++) {
      const request = requests[sent % requests.length] as GateRequest
      const sending: Promise<void> = send(kinds[sent] ?? 'own', request).finally(() => pending.delete(sending))
      pending.add(sending)
      if (sent % plan.perSecond === 0) onProgress(sent)
    }
  }
  const seconds = (systemClock.monotonic() - startedMs) / 1_000
  await Promise.all(pending)
  client.close()
  return { kept, dropped, own, failures, perSecond: kinds.length / seconds }
}

/** Undefined if it was answered as a service answers that is well. */
async function failureOf(
  client: HttpClient,
  url: string,
  request: Parameters<HttpClient['request']>[1],
): Promise<string | undefined> {
  try {
    const answer = await client.request(url, request)
    await answer.bytes()
    return answer.status < 500 ? undefined : `status ${answer.status}`
  } catch (error) {
    return error instanceof ServiceError ? error.code : 'no answer'
  }
}

/** The kinds mixed by lot (Fisher and Yates). */
function shuffled(counts: GatePlan['requests']): RequestKind[] {
  const kinds = Object.entries(counts).flatMap(([kind, count]) =>
    new Array<RequestKind>(count).fill(kind as RequestKind),
  )
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const other = kinds[j] as RequestKind
    kinds[j] = kinds[i] as RequestKind
    kinds[i] = other
  }
  return kinds
}
