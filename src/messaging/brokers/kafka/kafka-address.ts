/** KafkaAddress: which servers a URL of Kafka names, and how to speak to them. */
import { ServiceError } from '../../../foundation/errors/service-error.ts'

export interface KafkaAddress {
  /** `host:port` of those that are asked first; they tell of the others. */
  readonly brokers: readonly string[]
  readonly tls: boolean
  readonly login?: KafkaLogin
}

export interface KafkaLogin {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const form = /^(kafkas?):\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/

/**
 * `kafka://host:9092,other:9092`, with TLS `kafkas`, with a login `kafka://user:password@host?sasl=scram-sha-512` (default `plain`).
 *
 * @throws ServiceError `BAD_BROKER_URL`
 */
export function parseKafkaUrl(url: string): KafkaAddress {
  const [, scheme, secret, hosts = '', query = ''] = form.exec(url) ?? []
  const brokers = hosts.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:9092`))
  if (scheme === undefined || hosts.split(',').includes('')) throw badUrl('expected kafka://HOST:PORT,HOST:PORT')
  const tls = scheme === 'kafkas'
  return secret === undefined ? { brokers, tls } : { brokers, tls, login: loginOf(secret, query) }
}

function loginOf(secret: string, query: string): KafkaLogin {
  const wanted = (new URLSearchParams(query).get('sasl') ?? 'plain').toUpperCase()
  const mechanism = mechanisms.find((name) => name === wanted)
  if (mechanism === undefined) throw badUrl('sasl is plain, scram-sha-256 or scram-sha-512')
  const [username = '', ...rest] = secret.split(':')
  return { mechanism, username: decodeURIComponent(username), password: decodeURIComponent(rest.join(':')) }
}

/** The address may hold a password: it is not shown. */
function badUrl(expected: string): ServiceError {
  return new ServiceError('BAD_BROKER_URL', `This address of Kafka cannot be read; ${expected}.`)
}
