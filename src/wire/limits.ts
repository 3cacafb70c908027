/** How much a peer may send and how long it may take. Safe by default; every breach has its status and closes. */

export interface WireLimits {
  /** Request line and header fields together, in bytes; beyond: 431. */
  maxHeadBytes: number
  /** Number of header fields; beyond: 431. Trailers count on their own. */
  maxHeaders: number
  /** Request target, in bytes; beyond: 414. */
  maxTargetBytes: number
  /** Body after decoding of chunks, in bytes; beyond: 413. A route may set its own. */
  maxBodyBytes: number
  /** From the first byte of a request to the end of its head; beyond: 408. */
  headTimeoutMs: number
  /** Without any progress while a body is awaited, or while an answer is not taken; beyond: 408, or reset. */
  bodyTimeoutMs: number
  /** Between two requests on a connection; beyond: closed without a word. */
  idleTimeoutMs: number
  /** Connections open at once; beyond: closed as they come, before a byte is read. */
  maxConnections: number
}

export const defaultLimits: WireLimits = {
  maxHeadBytes: 16 * 1024,
  maxHeaders: 100,
  maxTargetBytes: 8 * 1024,
  maxBodyBytes: 1024 * 1024,
  headTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  maxConnections: 65_536,
}
