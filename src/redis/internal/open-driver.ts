/** Opens the library's client as we want it to behave: nothing is queued, nothing is sent twice, and it never gives up. */
import type { RedisAddress } from '../redis-address.ts'
import type { DriverClient, DriverPackage } from './driver.ts'

export interface DriverSettings {
  readonly address: RedisAddress
  readonly connectTimeoutMs: number
  /** A connection that owes an answer and says nothing for twice as long is closed; undefined for one that may wait. */
  readonly silenceMs: number | undefined
  readonly tls: RedisTls | undefined
  readonly sentinelPassword: string | undefined
  readonly clientName: string
}

/** PEM texts. The server's name is checked against the host of the address. */
export interface RedisTls {
  /** Whom to trust; default the runtime's authorities. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** The name that the server's certificate must have, where it is not the host's. */
  readonly serverName?: string
}

/** Quick at first, and never so slow that a server which is back waits for a second. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(20 * 2 ** Math.min(attempt - 1, 4), 200) * (0.75 + Math.random() / 4)
}

export function openClient(driver: DriverPackage, settings: DriverSettings): DriverClient {
  const { address } = settings
  const common = commonOptions(settings)
  if (address.kind === 'cluster') return openCluster(driver, settings, common)
  const { nodes, masterName } = address
  const where = address.kind === 'sentinel' ? { sentinels: nodes, name: masterName } : { ...nodes[0] }
  return new driver.Redis({ ...common, ...where, retryStrategy: reconnectDelayMs })
}

/** For subscriptions: whoever opens it watches for its end and opens another. */
export function openSubscriber(driver: DriverPackage, settings: DriverSettings, client: DriverClient): DriverClient {
  const { address } = settings
  const common = { ...commonOptions(settings), enableOfflineQueue: true, retryStrategy: null }
  if (address.kind === 'sentinel') {
    return new driver.Redis({ ...common, sentinels: address.nodes, name: address.masterName })
  }
  const node = address.kind === 'cluster' ? anyNode(client) : address.nodes[0]
  return new driver.Redis({ ...common, ...node })
}

function openCluster(driver: DriverPackage, settings: DriverSettings, redisOptions: object): DriverClient {
  const { address, connectTimeoutMs } = settings
  return new driver.Cluster([...address.nodes], {
    redisOptions,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: connectTimeoutMs,
    slotsRefreshInterval: 5_000,
    // With a managed cluster names of certificates belong to names of hosts: they are looked up by the connection itself.
    ...(address.usesTls && {
      dnsLookup: (host: string, found: (error: null, address: string) => void) => found(null, host),
    }),
  })
}

function commonOptions({
  address,
  connectTimeoutMs,
  silenceMs,
  tls,
  sentinelPassword,
  clientName,
}: DriverSettings): object {
  const secure = address.usesTls
    ? { tls: { ...tls, ...(tls?.serverName !== undefined && { servername: tls.serverName }) } }
    : {}
  return {
    ...secure,
    ...(address.usesTls && address.kind === 'sentinel' && { enableTLSForSentinelMode: true }),
    ...(address.username !== undefined && { username: address.username }),
    ...(address.password !== undefined && { password: address.password }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    db: address.database,
    // Replies of one shape, whatever the server can: under RESP3 those of XREAD, say, have another.
    protocol: 2,
    connectTimeout: connectTimeoutMs,
    // For what no command of ours sees: signing in, and the nodes of a cluster. Its timer does not know of a process that stood still.
    ...(silenceMs !== undefined && { socketTimeout: silenceMs * 2 }),
    connectionName: clientName,
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    // A command whose answer was lost may have taken effect: sending it again is for the caller to decide.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelReconnectStrategy: reconnectDelayMs,
    failoverDetector: address.kind === 'sentinel',
    // After a failover the old master says so to every write: the connection must look for the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }
}

function anyNode(client: DriverClient): { host?: string; port?: number } | undefined {
  const nodes = 'nodes' in client && typeof client.nodes === 'function' ? client.nodes('master') : []
  return nodes[Math.floor(Math.random() * nodes.length)]?.options
}
