/** A Redis server of its own (Debian package `redis-server`). */
import { converse } from './converse.ts'
import { loopback, missingCommand, type ServerPlace, type System, startServer } from './server-process.ts'

export interface RedisSystemOptions {
  /** Whether what was acknowledged survives a kill (append-only file, fsync before each answer). Default false. */
  persistent?: boolean
  password?: string
  /** Default: a free one. */
  port?: number
  /** More of its configuration, such as `{ 'maxmemory': '8mb' }`. */
  settings?: Readonly<Record<string, string>>
  /** PEM files: then it speaks TLS on its port and nothing else. */
  tls?: { readonly cert: string; readonly key: string; readonly ca: string }
}

export interface RedisSystem extends System {
  readonly url: string
}

export const redisMissing: string | false = missingCommand('redis-server', 'redis-server')

export async function startRedis(options: RedisSystemOptions = {}): Promise<RedisSystem> {
  const { password, tls } = options
  const server = await startServer({
    name: 'redis',
    command: 'redis-server',
    port: options.port,
    args: (place) => redisArgs(place, options),
    answers: tls === undefined ? ({ port }) => ping(port, password) : ({ port }) => accepts(port),
  })
  const secret = password === undefined ? '' : `:${password}@`
  const url = `${tls === undefined ? 'redis' : 'rediss'}://${secret}${loopback}:${server.port}`
  return Object.assign(server, { url })
}

function redisArgs({ folder, port }: ServerPlace, options: RedisSystemOptions): string[] {
  const { persistent = false, password, settings = {}, tls } = options
  const lines: Record<string, string> = {
    bind: loopback,
    port: tls === undefined ? String(port) : '0',
    dir: folder,
    save: '',
    appendonly: persistent ? 'yes' : 'no',
    appendfsync: 'always',
    'shutdown-timeout': '0',
    ...(password !== undefined && { requirepass: password, masterauth: password }),
    ...(tls !== undefined && {
      'tls-port': String(port),
      'tls-cert-file': tls.cert,
      'tls-key-file': tls.key,
      'tls-ca-cert-file': tls.ca,
      'tls-auth-clients': 'no',
    }),
    ...settings,
  }
  return Object.entries(lines).flatMap(([name, value]) => [`--${name}`, value])
}

/** Loading its data it answers, but not with PONG. */
function ping(port: number, password?: string): Promise<void> {
  const request = password === undefined ? 'PING\r\n' : `AUTH ${password}\r\nPING\r\n`
  return converse(port, request, (reply) => reply.includes('+PONG'))
}

function accepts(port: number): Promise<void> {
  return converse(port, '', undefined)
}
