/** The opening handshake of a WebSocket, as far as a server judges it (RFC 6455 section 4.2.1). */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Exchange } from '../exchange.ts'
import { hasToken } from '../http1/message-writer.ts'

export interface HandshakeRules {
  /** Subprotocols spoken here, best first. */
  readonly protocols: readonly string[]
  readonly origins: readonly string[] | '*'
}

/** 16 bytes as base64. */
const keyPattern = /^[A-Za-z0-9+/]{22}==$/

/**
 * Returns the subprotocol agreed on, if any.
 *
 * @throws ServiceError `UPGRADE_REQUIRED` (426), `BAD_HANDSHAKE` (400) or `ORIGIN_NOT_ALLOWED` (403).
 */
export function checkHandshake(exchange: Exchange, { protocols, origins }: HandshakeRules): string | undefined {
  if (!hasToken(exchange.header('upgrade') ?? '', 'websocket')) {
    throw new ServiceError('UPGRADE_REQUIRED', 'This address speaks WebSocket: ask for the upgrade to it.', {
      status: 426,
      details: { upgrade: 'websocket' },
    })
  }
  if (exchange.header('sec-websocket-version') !== '13') {
    throw new ServiceError('UPGRADE_REQUIRED', 'The only version of WebSocket spoken here is 13.', {
      status: 426,
      details: { upgrade: 'websocket', version: 13 },
    })
  }
  if (exchange.method !== 'GET' || exchange.httpVersion === '1.0') {
    throw badHandshake('a WebSocket is opened by GET of HTTP/1.1')
  }
  if (!hasToken(exchange.header('connection') ?? '', 'upgrade'))
    throw badHandshake("the field 'connection' lacks 'upgrade'")
  if (!keyPattern.test(exchange.header('sec-websocket-key') ?? '')) {
    throw badHandshake("the field 'sec-websocket-key' is not 16 bytes in base64")
  }
  checkOrigin(exchange, origins)
  const offered =
    exchange
      .header('sec-websocket-protocol')
      ?.split(',')
      .map((protocol) => protocol.trim()) ?? []
  return protocols.find((protocol) => offered.includes(protocol))
}

/**
 * Browsers let any page open a WebSocket to anywhere, cookies included, and only say where the page is from: without this
 * check another site could speak in the name of its visitor. Other clients send no Origin.
 */
function checkOrigin(exchange: Exchange, origins: HandshakeRules['origins']): void {
  const origin = exchange.header('origin')
  if (origin === undefined || origins === '*' || origins.includes(origin)) return
  if (origin.toLowerCase() === `${exchange.scheme}://${exchange.authority.toLowerCase()}`) return
  throw new ServiceError('ORIGIN_NOT_ALLOWED', 'Pages of that origin may not open a WebSocket here.', { status: 403 })
}

function badHandshake(why: string): ServiceError {
  return new ServiceError('BAD_HANDSHAKE', `The WebSocket was not opened: ${why}.`, { status: 400 })
}
