/** TLS settings, the same on both runtimes. Certificates and keys are PEM text. */

/** Who we are, and whom we trust. */
export interface TlsIdentity {
  /** The certificate and its chain, leaf first. */
  cert: string
  /** The leaf's private key, not encrypted. */
  key: string
  /** Authorities that client certificates are verified against; without any, none can be asked for. */
  ca?: string
}

export interface TlsServerOptions extends TlsIdentity {
  /** Protocols offered by ALPN, best first; default `['http/1.1']`. A client that offers only others is refused. */
  alpnProtocols?: readonly string[]
  /**
   * Client certificates: `none` (default) does not ask, `request` asks and reports, `require` refuses a connection without
   * a valid one.
   */
  clientCertificates?: ClientCertificates
  /** Longest time for a handshake, in milliseconds; default 10,000. */
  handshakeTimeoutMs?: number
}

export type ClientCertificates = 'none' | 'request' | 'require'

export interface TlsClientOptions {
  /** Name to send and to verify; default the host. */
  serverName?: string
  /** Authorities to trust instead of those that the runtime trusts. */
  ca?: string
  /** Our own certificate and key, for mutual TLS. */
  cert?: string
  key?: string
  /** Protocols to offer by ALPN, best first; default none. */
  alpnProtocols?: readonly string[]
}
