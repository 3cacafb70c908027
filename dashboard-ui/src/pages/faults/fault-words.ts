/** Faults in words; what a service says about them is its own JSON, of which any part may be missing. */

export interface FaultWords {
  readonly effect: string
  readonly target: string
  readonly share: number
  readonly endsAtMs: number | null
  readonly reason: string
  readonly by: string
}

type Json = Readonly<Record<string, unknown>>

export function faultWords(fault: Json): FaultWords {
  const endsAtMs = Date.parse(textAt(fault, 'endsAt'))
  return {
    effect: effectWords(recordAt(fault, 'effect')),
    target: targetWords(recordAt(fault, 'target')),
    share: typeof fault.share === 'number' ? fault.share : 1,
    endsAtMs: Number.isNaN(endsAtMs) ? null : endsAtMs,
    reason: textAt(fault, 'reason'),
    by: textAt(fault, 'by'),
  }
}

function effectWords(effect: Json): string {
  switch (effect.kind) {
    case 'latency':
      return `Latency ${delayWords(recordAt(effect, 'delay'))}`
    case 'error':
      return `Error ${String(effect.status ?? 503)}`
    case 'abort':
      return 'Abort'
    case 'slow-body':
      return `Slow body, ${String(effect.bytesPerSecond)} B/s`
    case 'cut-body':
      return 'Cut body'
    default:
      return typeof effect.kind === 'string' ? effect.kind : 'Unknown'
  }
}

function delayWords({ kind, ms, minMs, maxMs, meanMs, deviationMs }: Json): string {
  if (kind === 'fixed') return `${String(ms)} ms`
  if (kind === 'uniform') return `${String(minMs)} to ${String(maxMs)} ms`
  if (kind === 'normal') return `${String(meanMs)} ± ${String(deviationMs)} ms`
  return ''
}

function targetWords(target: Json): string {
  const { side, method, route, upstream, tenant } = target
  const headers = Object.entries(recordAt(target, 'headers')).map(([name, value]) => `${name}: ${String(value)}`)
  const narrowed = [
    method,
    route,
    upstream && `to ${String(upstream)}`,
    tenant && `tenant ${String(tenant)}`,
    ...headers,
  ].filter(Boolean)
  const what = side === 'calls' ? 'calls' : 'requests'
  return narrowed.length === 0 ? `all ${what}` : `${what} ${narrowed.join(' ')}`
}

function recordAt(value: Json, name: string): Json {
  const member = value[name]
  return typeof member === 'object' && member !== null ? (member as Json) : {}
}

function textAt(value: Json, name: string): string {
  const member = value[name]
  return typeof member === 'string' ? member : ''
}
