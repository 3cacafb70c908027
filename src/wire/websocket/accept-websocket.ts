/**
 * acceptWebSocket: from an exchange to a WebSocket (RFC 6455).
 *
 *   exchange ─▶ handshake judged ─▶ the engine's own frames (Bun.serve) │ the `ws` package over the raw connection
 *                    └─refused: 400, 403, 426                └──▶ WebSocketSession ─▶ the application
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { openEngineFrames } from './engine-frames.ts'
import { checkHandshake } from './handshake.ts'
import type { WebSocketConnection } from './websocket-connection.ts'
import { WebSocketSession } from './websocket-session.ts'
import { loadWs } from './ws-package.ts'

export interface WebSocketOptions {
  /** Subprotocols spoken here, best first; the first that the client offers is agreed on. Default none. */
  protocols?: readonly string[]
  /**
   * Origins (`https://shop.example`) whose pages may open it, besides this server's own; `*` for all. A client that sends no
   * `Origin` is no browser and is let in. Default none.
   */
  origins?: readonly string[] | '*'
  /** A larger message closes the connection with 1009. Default 1 MiB; the engine may have a limit of 16 MiB. */
  maxMessageBytes?: number
  /** A peer that was silent for so long is pinged, and given up after as long again; 0 for never. Default 30,000. */
  pingIntervalMs?: number
  /**
   * Offers per-message deflate (RFC 7692), where the engine does not bring its own frames. Default false: it costs memory
   * for each connection, and compressing secrets beside a peer's text can give them away.
   */
  compression?: boolean
  clock?: Clock
  /** Told of a listener's throw. */
  onError?(error: unknown): void
}

const defaultMaxMessageBytes = 1024 * 1024
const defaultPingIntervalMs = 30_000

/**
 * Answers the exchange with 101, and takes its connection over.
 *
 * @throws ServiceError `UPGRADE_REQUIRED` (426), `BAD_HANDSHAKE` (400), `ORIGIN_NOT_ALLOWED` (403), `NO_UPGRADE` (501) where
 *   the engine cannot, `WEBSOCKET_NOT_INSTALLED`; the exchange is then unanswered. `CLIENT_GONE` if the client has left.
 */
export async function acceptWebSocket(
  exchange: Exchange,
  {
    protocols = [],
    origins = [],
    maxMessageBytes = defaultMaxMessageBytes,
    pingIntervalMs = defaultPingIntervalMs,
    compression = false,
    clock = systemClock,
    onError,
  }: WebSocketOptions = {},
): Promise<WebSocketConnection> {
  const protocol = checkHandshake(exchange, { protocols, origins })
  const session = new WebSocketSession({ clock, pingIntervalMs, ...(onError === undefined ? {} : { onError }) })
  const { nativeWebSocket } = exchange
  if (nativeWebSocket !== undefined) {
    const headers = new HeaderList()
    if (protocol !== undefined) headers.append('sec-websocket-protocol', protocol)
    session.open(openEngineFrames(nativeWebSocket, headers, session, { protocol, maxMessageBytes }))
    return session
  }

  if (exchange.upgrade === undefined) {
    throw new ServiceError('NO_UPGRADE', 'This engine or protocol cannot hand over a connection.', { status: 501 })
  }
  exchange.retain()
  const upgrade = exchange.upgrade.bind(exchange)
  const [ws, { openWsFrames }] = await Promise.all([loadWs(), import('./ws-frames.ts')])
  if (exchange.cancelled !== undefined) throw exchange.cancelled
  session.open(openWsFrames(ws, { exchange, upgrade, events: session, protocol, maxMessageBytes, compression }))
  return session
}
