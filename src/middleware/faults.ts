/**
 * faults: requests fail on purpose, as the faults of this moment say.
 *
 *   none active ─▶ inside
 *   those that fit: sleep(delay) ─▶ error, or abort ──▶ the inside is not asked
 *                                └─ neither ─▶ inside ─▶ its answer trickles, or breaks off
 *
 * A trusted peer may send the fault of one request along with it (`x-fault-inject`). Answers that a fault had a hand in carry `x-fault` with its id: nobody shall look for a defect where there is none.
 */
import { sleep } from '../concurrency/sleep.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import type { Middleware, Next } from '../http/middleware.ts'
import type { ByteSource, Reply } from '../http/reply.ts'
import type { FaultEffect, FaultSubject } from '../resilience/fault/fault.ts'
import { faultError } from '../resilience/fault/fault-error.ts'
import { parseFaultHeader } from '../resilience/fault/fault-header.ts'
import { faultHeader } from '../resilience/fault/fault-header-name.ts'
import type { Strike } from '../resilience/fault/fault-set.ts'
import type { Faults } from '../resilience/fault/faults.ts'
import { currentFaults, hasFaultyCalls } from '../resilience/fault/faulty-calls.ts'
import { currentSpan } from '../telemetry/tracer.ts'

export interface FaultsLayerOptions {
  faults: Faults
  /** On whose behalf a request comes, for faults that name a tenant; default what a trusted peer says (`c.tenant`). */
  tenantOf?: (c: HttpContext) => string | undefined
}

/** Put it inside of what counts and logs, so that what it does is seen as what it imitates would be. */
export function faults({ faults: active, tenantOf }: FaultsLayerOptions): Middleware {
  return function faults(c, next) {
    if (hasFaultyCalls()) c.context.set(currentFaults, active)
    const asked = c.raw.header(faultHeader)
    if (asked !== undefined && c.isFromTrustedPeer) return suffer(parseFaultHeader(asked), c, next)
    if (active.current.requests.length === 0) return next()
    const blow = active.strike(subjectOf(c, tenantOf))
    return blow === undefined ? next() : suffer(blow, c, next)
  }
}

function subjectOf(c: HttpContext, tenantOf: FaultsLayerOptions['tenantOf']): FaultSubject {
  const { route } = c
  return {
    side: 'requests',
    method: c.method,
    route: route?.path,
    operation: route?.name,
    tenant: tenantOf === undefined ? c.tenant : tenantOf(c),
    header: (name) => c.raw.header(name),
  }
}

async function suffer(blow: Strike, c: HttpContext, next: Next): Promise<Reply> {
  const { ids, delayMs, end, body } = blow
  c.header('x-fault', ids.join(', '))
  c.context.get(currentSpan)?.set('genever.faults', ids)
  if (delayMs > 0) await sleep(delayMs, c.context)
  if (end?.kind === 'abort') return abort(blow, c)
  if (end !== undefined) throw faultError(blow)
  const reply = await next()
  if (body !== undefined) spoil(body, c, reply)
  return reply
}

/** Whoever counts answers sees a failure, which is what the client sees. */
function abort(blow: Strike, c: HttpContext): Reply {
  const error = faultError(blow)
  return c.status(error.status).abort(error)
}

type BodyEffect = Extract<FaultEffect, { kind: 'slow-body' | 'cut-body' }>

function spoil(effect: BodyEffect, c: HttpContext, reply: Reply): void {
  const bytes = c.encodeBody()
  const { body } = reply
  if (bytes !== undefined && body.kind === 'bytes') {
    const source = effect.kind === 'slow-body' ? slowly([bytes], effect, c) : cut(bytes, effect.after)
    reply.body = { kind: 'stream', source, contentType: body.contentType, length: bytes.length }
  } else if (body.kind === 'stream') {
    const source = effect.kind === 'slow-body' ? slowly(body.source, effect, c) : cutStream(body.source)
    reply.body = { ...body, source }
  }
}

/** So often a piece is sent. */
const pieceMs = 100

async function* slowly(
  source: ByteSource,
  { bytesPerSecond }: Extract<BodyEffect, { kind: 'slow-body' }>,
  { context }: HttpContext,
): AsyncGenerator<Uint8Array> {
  const size = Math.max(1, Math.round((bytesPerSecond * pieceMs) / 1_000))
  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    for (let at = 0; at < bytes.length; at += size) {
      await sleep(Math.max(pieceMs, 1_000 / bytesPerSecond), context)
      yield bytes.subarray(at, at + size)
    }
  }
}

/** Less than was announced: the client sees that something is missing. */
function* cut(bytes: Uint8Array, after = 0.5): Generator<Uint8Array> {
  yield bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(bytes.length * after)))
  throw brokenOff()
}

/** Nobody knows how long it would have been; it ends behind its first piece. */
async function* cutStream(source: ByteSource): AsyncGenerator<string | Uint8Array> {
  for await (const piece of source) {
    yield piece
    break
  }
  throw brokenOff()
}

function brokenOff(): ServiceError {
  return new ServiceError('FAULT_ABORTED', 'The answer was broken off on purpose.', { status: 503 })
}
