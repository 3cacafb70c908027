/** TLS settings, the same on both runtimes. Certificates and keys are PEM text. */

export interface TlsServerOptions {
  /** The certificate and its chain. */
  cert: string
  key: string
  /** Protocols offered by ALPN, best first; default `['http/1.1']`. */
  alpnProtocols?: readonly string[]
  /**
   * Client certificates: `none` (default) does not ask, `request` asks and reports, `require` refuses a connection without
   * a valid one.
   */
  clientCertificates?: 'none' | 'request' | 'require'
  /** Authorities that client certificates are verified against. */
  ca?: string
}

export interface TlsClientOptions {
  /** Name to send and to verify; default the host. */
  serverName?: string
  /** Authorities to trust instead of the system's. */
  ca?: string
  /** Our own certificate and key, for mutual TLS. */
  cert?: string
  key?: string
  alpnProtocols?: readonly string[]
}
