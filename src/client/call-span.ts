/** What the span of an outgoing call says, by OpenTelemetry's conventions for HTTP clients. */
import type { Span } from '../telemetry/tracer.ts'
import type { Endpoint } from './endpoint.ts'

/** Query and credentials are left out: they carry what people type, and secrets. */
export function describeCall(span: Span, method: string, { pathname }: URL, endpoint: Endpoint): void {
  span.set('http.request.method', method)
  span.set('server.address', endpoint.host)
  span.set('server.port', endpoint.port)
  span.set('url.full', `${endpoint.key}${pathname}`)
}

/** For the caller, 4xx is a failure too. */
export function describeAnswer(span: Span, status: number): void {
  span.set('http.response.status_code', status)
  if (status < 400) return
  span.set('error.type', String(status))
  span.fail()
}
