/** What applies where an option of `listen` or `connect` is not given. */

export const defaultHost = '127.0.0.1'
export const defaultBacklog = 1024
export const defaultAlpnProtocols: readonly string[] = ['http/1.1']
export const defaultConnectTimeoutMs = 10_000
export const defaultHandshakeTimeoutMs = 10_000
/** Idle time before the first keep-alive probe: short of the 350 s after which common balancers forget a connection. */
export const keepAliveDelayMs = 60_000
