/**
 * Where and how OTLP is sent: the signal's own variable, over the general one, over what was given in code.
 *
 *   OTEL_EXPORTER_OTLP_ENDPOINT      http://collector:4318   + /v1/traces, /v1/metrics, /v1/logs
 *   OTEL_EXPORTER_OTLP_PROTOCOL      http/protobuf (default), http/json
 *   OTEL_EXPORTER_OTLP_HEADERS       api-key=secret,tenant=acme
 *   OTEL_EXPORTER_OTLP_TIMEOUT       10000, in milliseconds
 *   OTEL_EXPORTER_OTLP_COMPRESSION   gzip, none (default)
 *   OTEL_EXPORTER_OTLP_CERTIFICATE   …_CLIENT_CERTIFICATE, …_CLIENT_KEY: PEM files
 *
 * Each has a form for one signal, such as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, whose address is taken as it is. A value that
 * is not understood is told and left out, as OpenTelemetry asks: telemetry does not keep a service from starting.
 */
import type { Environment } from '../../../platform/environment.ts'
import { isSet, parseKeyValues } from '../../resource.ts'

export type OtlpSignal = 'traces' | 'metrics' | 'logs'
export type OtlpProtocol = 'http/protobuf' | 'http/json'
export type OtlpCompression = 'gzip' | 'none'

export interface OtlpOptions {
  /** The receiver's address without the signal's path, such as `http://collector:4318`; default `http://localhost:4318`. */
  readonly endpoint?: string
  readonly protocol?: OtlpProtocol
  /** Added to every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** For one request with its answer, in milliseconds; default 10,000. */
  readonly timeoutMs?: number
  /** Default `none`. */
  readonly compression?: OtlpCompression
}

export interface OtlpSettings {
  readonly signal: OtlpSignal
  /** The whole address, path included. */
  readonly url: string
  readonly protocol: OtlpProtocol
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly timeoutMs: number
  readonly compression: OtlpCompression
  /** Files with PEM text. */
  readonly certificateFile?: string
  readonly clientCertificateFile?: string
  readonly clientKeyFile?: string
  /** What was left out, for people; no secret. */
  readonly problems: readonly string[]
}

export const defaultOtlpEndpoint = 'http://localhost:4318'
const defaultTimeoutMs = 10_000

export function otlpSettings(signal: OtlpSignal, env: Environment, options: OtlpOptions = {}): OtlpSettings {
  const problems: string[] = []
  const find = (name: string): string | undefined => {
    const values = [env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`], env[`OTEL_EXPORTER_OTLP_${name}`]]
    return values.find(isSet)
  }
  const certificateFile = find('CERTIFICATE')
  const clientCertificateFile = find('CLIENT_CERTIFICATE')
  const clientKeyFile = find('CLIENT_KEY')
  return {
    signal,
    url: urlFor(signal, env, options.endpoint),
    protocol: protocolFrom(find('PROTOCOL'), problems) ?? options.protocol ?? 'http/protobuf',
    headers: headersFrom({ ...options.headers, ...parseKeyValues(find('HEADERS')) }, problems),
    timeoutMs: timeoutFrom(find('TIMEOUT'), problems) ?? options.timeoutMs ?? defaultTimeoutMs,
    compression: compressionFrom(find('COMPRESSION'), problems) ?? options.compression ?? 'none',
    ...(certificateFile !== undefined && { certificateFile }),
    ...(clientCertificateFile !== undefined && { clientCertificateFile }),
    ...(clientKeyFile !== undefined && { clientKeyFile }),
    problems,
  }
}

function urlFor(signal: OtlpSignal, env: Environment, given: string | undefined): string {
  const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]
  if (isSet(own)) return own
  const general = env.OTEL_EXPORTER_OTLP_ENDPOINT
  return `${(isSet(general) ? general : (given ?? defaultOtlpEndpoint)).replace(/\/+$/, '')}/v1/${signal}`
}

function protocolFrom(text: string | undefined, problems: string[]): OtlpProtocol | undefined {
  if (text === undefined || text === 'http/json' || text === 'http/protobuf') return text
  problems.push(
    `the OTLP protocol '${text.slice(0, 32)}' is not spoken; http/protobuf is, to which receivers listen on port 4318`,
  )
  return undefined
}

function compressionFrom(text: string | undefined, problems: string[]): OtlpCompression | undefined {
  if (text === undefined || text === 'gzip' || text === 'none') return text
  problems.push(`the OTLP compression '${text.slice(0, 32)}' is neither gzip nor none`)
  return undefined
}

function timeoutFrom(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined
  const timeoutMs = Number(text)
  if (Number.isFinite(timeoutMs) && timeoutMs > 0) return timeoutMs
  problems.push('the OTLP timeout is no number of milliseconds above 0')
  return undefined
}

/** RFC 9110: a token, and visible characters. What cannot be sent would fail every request. */
const fieldName = /^[!#$%&'*+\-.^_`|~\da-z]+$/
const fieldValue = /^[\t\x20-\x7e]*$/

function headersFrom(given: Readonly<Record<string, string>>, problems: string[]): [string, string][] {
  return Object.entries(given).flatMap(([anyCase, value]): [string, string][] => {
    const name = anyCase.toLowerCase()
    if (fieldName.test(name) && fieldValue.test(value)) return [[name, value]]
    problems.push('an OTLP header has a name or value that cannot be sent')
    return []
  })
}
