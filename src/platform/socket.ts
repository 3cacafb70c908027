/**
 * Socket: a byte stream to one peer, whatever carries it: TCP, TLS or a Unix socket, accepted or connected, on any runtime.
 *
 *   open ──data*──▶ peerEnd ──▶ close        peerEnd: the peer half-closed; we may still write
 *     └─────────────────────────▶ close      close comes exactly once, and last
 *
 * Events arrive through one handler object for all sockets of a listener, so that a connection costs no closures;
 * what belongs to a connection is attached to the socket as `state`.
 */
import type { ByteWriter } from '../foundation/bytes/byte-writer.ts'

export interface Socket<State = unknown> {
  /** Whatever the owner keeps for this connection; set it in `open`. */
  state: State
  readonly peer: SocketPeer
  /**
   * Queues bytes (a string is written as Latin-1) and returns whether the peer keeps up: after `false`, wait for `drained`
   * before writing more. All bytes are accepted either way and leave in order. After `end`, `destroy` or `close` it does
   * nothing and is false. The bytes may be sent later: do not change them until `drained`.
   */
  write(bytes: Uint8Array | string): boolean
  /**
   * Output that is shared with other sockets, for whoever makes bytes anew for each write: what is written into it from its
   * `end` on leaves with `send`. Borrow it only for as long as the code that runs now; who finds bytes in it leaves them.
   */
  readonly scratch: ByteWriter
  /**
   * Sends the bytes of `scratch` from `from` on (default 0) and takes them off it; else as `write`. Nothing has to be kept for
   * it: what the kernel does not take at once is moved elsewhere, so `scratch.bytes` may be another array afterwards.
   *
   * Up to 8 KiB may leave at the end of the loop's turn, together with what other sockets send in it, and before anything else
   * is done to this socket. It is true then, and `fellBehind` tells if the peer turns out not to keep up.
   */
  send(from?: number): boolean
  /** Bytes accepted but not yet handed to the kernel. */
  readonly queuedBytes: number
  /** Half-closes after everything queued is sent; reading goes on. */
  end(): void
  /**
   * Closes at once in both directions, dropping what is queued. `reset` sends RST instead of FIN, so that the peer sees
   * that something is missing. Unix sockets have no RST, and on Node.js TLS has none; there the peer sees a FIN, which
   * under TLS lacks the close_notify that an orderly end has.
   */
  destroy(options?: { reset?: boolean }): void
  /** Stops reading: TCP backpressure reaches the peer. */
  pause(): void
  resume(): void
}

/** Who is at the other end. */
export interface SocketPeer {
  /** IP address, an IPv4 one in its own form even on a listener for both; empty for a Unix socket. */
  readonly address: string
  readonly port: number
  /** Present on TLS connections. */
  readonly tls?: TlsPeer
}

export interface TlsPeer {
  /** The protocol agreed by ALPN, such as `h2` or `http/1.1`; undefined if none was. */
  readonly alpnProtocol: string | undefined
  readonly serverName: string | undefined
  /** Whether the peer's certificate was presented and verified against the configured authorities. */
  readonly authorized: boolean
  /** The peer's certificate, where one was presented. */
  readonly certificate?: PeerCertificate
}

export interface PeerCertificate {
  /** As RFC 4514 text, such as `CN=orders,O=shop`. */
  readonly subject: string
  readonly issuer: string
  /** Subject alternative names with their kind, such as `DNS:orders.shop.svc` or `URI:spiffe://shop/orders`. */
  readonly alternativeNames: readonly string[]
  /** SHA-256 of the DER form, lower-case hex. */
  readonly fingerprint256: string
  readonly validFrom: Date
  readonly validTo: Date
}

/**
 * What happens on a socket. All are called from the event loop, never from inside a call to the socket.
 * A handler that throws costs its socket: it is destroyed, and `close` gets the error. A throw of `close` itself becomes
 * a warning of the process.
 */
export interface SocketHandlers<State = unknown> {
  open?(socket: Socket<State>): void
  /** `bytes` is valid only until the handler returns; copy what must live longer. */
  data(socket: Socket<State>, bytes: Uint8Array): void
  /** What a `send` that returned true had left for the end of the turn was not taken whole: wait for `drained`. */
  fellBehind?(socket: Socket<State>): void
  /** Everything queued has been handed to the kernel after a `write` that returned false, or after `fellBehind`. */
  drained?(socket: Socket<State>): void
  /**
   * The peer sent FIN: no more data. The socket stays open for writing until `end()` or `destroy()`. Called once before
   * an orderly `close`, not before one that we forced or that has an error.
   */
  peerEnd?(socket: Socket<State>): void
  /** The connection is gone. `error` says why, unless it ended in an orderly way. */
  close?(socket: Socket<State>, error?: Error): void
}
