/** What the form asks for, as the JSON that a service takes: `{ effect, target, share, durationMs, reason }`. */

export interface FaultFormValues {
  readonly effect: 'latency' | 'error' | 'abort'
  /** Milliseconds. */
  readonly delay: string
  readonly status: string
  readonly side: 'requests' | 'calls'
  readonly method: string
  readonly route: string
  readonly upstream: string
  /** `name: value`; '' for any. */
  readonly header: string
  /** Percent. */
  readonly share: string
  /** Seconds. */
  readonly duration: string
  readonly reason: string
}

export const firstValues: FaultFormValues = {
  effect: 'latency',
  delay: '300',
  status: '503',
  side: 'requests',
  method: '',
  route: '',
  upstream: '',
  header: '',
  share: '100',
  duration: '60',
  reason: '',
}

export function faultRequest(values: FaultFormValues): Readonly<Record<string, unknown>> {
  const { side, method, route, upstream, header, share, duration, reason } = values
  const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(header) ?? []
  return {
    effect: effectOf(values),
    target: {
      side,
      ...(method !== '' && { method }),
      ...(side === 'requests' && route !== '' && { route }),
      ...(side === 'calls' && upstream !== '' && { upstream }),
      ...(name !== undefined && { headers: { [name.toLowerCase()]: value === '' ? '*' : value } }),
    },
    share: Number(share) / 100,
    durationMs: Math.round(Number(duration) * 1_000),
    ...(reason !== '' && { reason }),
  }
}

function effectOf({ effect, delay, status }: FaultFormValues): Readonly<Record<string, unknown>> {
  if (effect === 'latency') return { kind: 'latency', delay: { kind: 'fixed', ms: Number(delay) } }
  if (effect === 'error') return { kind: 'error', status: Number(status) }
  return { kind: 'abort' }
}
