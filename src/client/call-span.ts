/** What the span of an outgoing call says, by OpenTelemetry's conventions for HTTP clients. */
import type { Span } from '../telemetry/tracer.ts'
import type { Endpoint } from './endpoint.ts'
import type { Exchange } from './http-client.ts'

/** Query and credentials are left out: they carry what people type, and secrets. */
export function describeCall(span: Span, endpoint: Endpoint, exchange: Exchange): void {
  const { method, target, operation, upstream, attempt = 1 } = exchange
  const query = target.indexOf('?')
  span.set('http.request.method', method)
  span.set('server.address', endpoint.host)
  span.set('server.port', endpoint.port)
  span.set('url.full', `${endpoint.key}${query === -1 ? target : target.slice(0, query)}`)
  if (operation !== undefined) span.set('url.template', operation)
  if (endpoint.address !== undefined) span.set('network.peer.address', endpoint.address)
  if (upstream !== undefined) span.set('peer.service', upstream)
  if (attempt > 1) span.set('http.request.resend_count', attempt - 1)
}

/** For the caller, 4xx is a failure too. */
export function describeAnswer(span: Span, status: number): void {
  span.set('http.response.status_code', status)
  if (status < 400) return
  span.set('error.type', String(status))
  span.fail()
}
