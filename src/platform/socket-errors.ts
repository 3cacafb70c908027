/** What went wrong with an address, in words that say what to do. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { defaultHost } from './socket-defaults.ts'

export interface SocketAddress {
  host?: string
  port?: number
  path?: string
}

/** `127.0.0.1:8080`, `[::1]:8080` or the path of a Unix socket. */
export function addressText({ host = defaultHost, port = 0, path }: SocketAddress): string {
  if (path !== undefined) return path
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function listenError(address: SocketAddress, cause: unknown): ServiceError {
  const where = addressText(address)
  if (systemCode(cause) === 'EADDRINUSE') return addressInUse(address, cause)
  return new ServiceError('LISTEN_FAILED', `Cannot listen on ${where}: ${listenAdvice(address, cause)}.`, { cause })
}

export function addressInUse(address: SocketAddress, cause?: unknown): ServiceError {
  const advice =
    address.path === undefined
      ? 'stop the process that listens there, or choose another port (0 takes a free one)'
      : 'stop the process that listens there, or choose another path'
  return new ServiceError('ADDRESS_IN_USE', `${addressText(address)} is occupied: ${advice}.`, { cause })
}

export function connectError(address: SocketAddress, cause: unknown): ServiceError {
  return new ServiceError('CONNECT_FAILED', `Cannot connect to ${addressText(address)}: ${connectAdvice(cause)}.`, {
    status: 503,
    cause,
  })
}

export function connectTimeout(address: SocketAddress, timeoutMs: number): ServiceError {
  return new ServiceError(
    'CONNECT_TIMEOUT',
    `No connection to ${addressText(address)} within ${timeoutMs} ms: check that it is up and that no firewall drops packets.`,
    { status: 504 },
  )
}

/** The handshake failed: a certificate that does not verify, no common protocol, a peer that does not speak TLS. */
export function tlsError(address: SocketAddress, cause: unknown): ServiceError {
  const reason = cause instanceof Error ? cause.message : 'the peer closed the connection during the handshake'
  return new ServiceError('TLS_FAILED', `No TLS connection to ${addressText(address)}: ${reason}`, {
    status: 502,
    retryable: false,
    cause,
  })
}

/** `ECONNREFUSED` and its like, where the runtime tells. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

const noFolder = 'its folder does not exist or may not be written to'

function listenAdvice({ path }: SocketAddress, cause: unknown): string {
  switch (systemCode(cause)) {
    case 'EACCES':
      // libuv reports a missing folder as a missing right too.
      if (path !== undefined) return noFolder
      return 'permission denied; choose a port above 1023 or grant the right to bind it'
    case 'EADDRNOTAVAIL':
      return 'no network interface of this machine has that address'
    case 'ENOENT':
      return noFolder
    case 'ENOTFOUND':
      return 'the host name is unknown'
    default:
      return messageOf(cause)
  }
}

function connectAdvice(cause: unknown): string {
  switch (systemCode(cause)) {
    case 'ECONNREFUSED':
      return 'nobody listens there'
    case 'ENOENT':
      return 'the socket file does not exist'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name cannot be resolved'
    default:
      return messageOf(cause)
  }
}

function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/\.$/, '') || 'unknown reason'
}
