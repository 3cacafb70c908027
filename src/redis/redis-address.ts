/**
 * RedisAddress: where Redis is, from one URL.
 *
 *   redis://user:password@host:6379/0                     one server
 *   redis+sentinel://host1:26379,host2:26379/mymaster/0   the master that sentinels name
 *   redis+cluster://host1:6379,host2:6379                 a cluster; any of its nodes will do
 *
 * `rediss` in place of `redis` speaks TLS. The password belongs to Redis; in a URL its special characters are percent-encoded.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly nodes: readonly RedisNode[]
  readonly usesTls: boolean
  readonly username?: string
  readonly password?: string
  /** Which of the numbered databases; a cluster has only 0. */
  readonly database: number
  /** Of the group of servers that the sentinels watch. */
  readonly masterName?: string
}

export interface RedisNode {
  readonly host: string
  readonly port: number
}

const form = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/@?#]+)((?:\/[^/?#]*)*)$/

/** @throws ServiceError `BAD_REDIS_URL`, without the URL, which may hold a password. */
export function parseRedisUrl(url: string): RedisAddress {
  const [, tls, topology = 'single', username, password, hosts = '', path = ''] = form.exec(url) ?? badUrl(url)
  const kind = topology as RedisAddress['kind']
  const parts = path.split('/').filter((part) => part !== '')
  const masterName = kind === 'sentinel' ? parts.shift() : undefined
  if (kind === 'sentinel' && masterName === undefined) badUrl(url, 'its path names no master, such as /mymaster')
  const database = Number(parts.shift() ?? 0)
  if (!Number.isInteger(database) || database < 0 || parts.length > 0)
    badUrl(url, 'its path is no number of a database')
  if (kind === 'cluster' && database !== 0) badUrl(url, 'a cluster has no database but 0')
  const nodes = hosts.split(',').map((host) => parseNode(host, kind === 'sentinel' ? 26_379 : 6_379, url))
  if (kind === 'single' && nodes.length > 1)
    badUrl(url, 'it names several servers; say redis+cluster or redis+sentinel')
  return {
    kind,
    nodes,
    usesTls: tls === 's',
    database,
    ...(username !== undefined && username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== undefined && password !== '' && { password: decodeURIComponent(password) }),
    ...(masterName !== undefined && { masterName: decodeURIComponent(masterName) }),
  }
}

/** For people: hosts and ports, never the password. */
export function describeAddress({ nodes, masterName }: Pick<RedisAddress, 'nodes' | 'masterName'>): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  return masterName === undefined ? hosts : `${masterName} by ${hosts}`
}

function parseNode(text: string, defaultPort: number, url: string): RedisNode {
  const [, ipv6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? badUrl(url)
  const number = port === undefined ? defaultPort : Number(port)
  if (number < 1 || number > 65_535) badUrl(url, 'a port is not between 1 and 65535')
  return { host: ipv6 ?? name ?? '', port: number }
}

function badUrl(url: string, problem = 'it has another form'): never {
  throw new ServiceError(
    'BAD_REDIS_URL',
    `Expected a URL such as redis://host:6379/0, redis+sentinel://host:26379/mymaster or redis+cluster://host:6379, got a text of ${url.length} characters: ${problem}.`,
  )
}
