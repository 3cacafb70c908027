/** BrokerAddress: where a broker is, from one URL such as `nats://user:password@host1:4222,host2:4222`. */
import { ServiceError } from '../../foundation/errors/service-error.ts'

export interface BrokerAddress {
  readonly scheme: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** `host:port`, at least one. */
  readonly hosts: readonly string[]
  /** Decoded, without its slash; undefined where there is none. */
  readonly path: string | undefined
}

const form = /^([a-z]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/@?#]+)(?:\/([^/?#]*))?$/

/** @throws ServiceError `BAD_BROKER_URL`, without the URL, which may hold a password. */
export function parseBrokerUrl(
  url: string,
  { schemes, defaultPort }: { schemes: readonly string[]; defaultPort: (scheme: string) => number },
): BrokerAddress {
  const [, scheme = '', user, password, hosts = '', path] = form.exec(url) ?? []
  if (!schemes.includes(scheme)) {
    throw new ServiceError(
      'BAD_BROKER_URL',
      `Expected the address of a broker such as ${schemes[0]}://user:password@host:${defaultPort(schemes[0] ?? '')}, got a text of ${url.length} characters of another form.`,
    )
  }
  return {
    scheme,
    user: user === undefined || user === '' ? undefined : decodeURIComponent(user),
    password: password === undefined ? undefined : decodeURIComponent(password),
    hosts: hosts.split(',').map((host) => (/:\d{1,5}$/.test(host) ? host : `${host}:${defaultPort(scheme)}`)),
    path: path === undefined ? undefined : decodeURIComponent(path),
  }
}
