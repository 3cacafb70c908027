/**
 * TlsFiles: certificates from files that are rotated while the process runs, as cert-manager and SPIFFE helpers do it.
 *
 *   first connection ─▶ read ─▶ check ─▶ used for every connection from now on
 *   a file changed ───▶ read all ─▶ certificate and key belong together? ──yes──▶ new connections use them, old ones end when idle
 *                                          └─no─▶ keep the last good ones, and say so
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { watchFile } from '../platform/file-watch.ts'
import { readTextFile } from '../platform/text-file.ts'
import type { TlsClientOptions } from '../platform/tls.ts'
import { checkTlsIdentity } from '../platform/tls-identity.ts'
import type { Logger } from '../telemetry/logger.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import type { TlsSource } from './connection-pool.ts'

export interface TlsFileOptions {
  /** Path of the authorities to trust, as PEM; default those of the system. */
  readonly caFile?: string
  /** Paths of our own certificate, leaf first, and of its key. Both or none. */
  readonly certFile?: string
  readonly keyFile?: string
  /** Name to send and to verify; default the host of the URL. */
  readonly serverName?: string
  readonly log?: Logger
  readonly clock?: Clock
}

/**
 * Settings for `tls` of a client. It watches the files from the first connection until the client is closed.
 *
 * @throws ServiceError `BAD_CERTIFICATE` if only one of certificate and key is given; at the first connection, if a file cannot be
 *   read or certificate and key do not belong together.
 */
export function tlsFiles(options: TlsFileOptions): TlsSource {
  return new TlsFiles(options)
}

class TlsFiles implements TlsSource {
  readonly #options: TlsFileOptions
  readonly #log: Logger
  readonly #listeners = new Set<() => void>()
  #loading: Promise<TlsClientOptions> | undefined
  #settings: TlsClientOptions | undefined
  #unwatch: (() => void)[] = []
  #isClosed = false

  constructor(options: TlsFileOptions) {
    this.#options = options
    this.#log = options.log ?? noopLogger
    if ((options.certFile === undefined) !== (options.keyFile === undefined)) {
      throw new ServiceError(
        'BAD_CERTIFICATE',
        'A client certificate needs its key, and a key its certificate: give both files.',
      )
    }
  }

  current(): TlsClientOptions | Promise<TlsClientOptions> {
    if (this.#settings !== undefined) return this.#settings
    this.#loading ??= this.#begin().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#isClosed = true
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
  }

  async #begin(): Promise<TlsClientOptions> {
    const settings = await this.#read()
    this.#settings = settings
    if (!this.#isClosed && this.#unwatch.length === 0) this.#watch()
    return settings
  }

  #watch(): void {
    const { clock } = this.#options
    const changed = (): void => void this.#reload()
    for (const path of this.#paths()) {
      this.#unwatch.push(watchFile(path, clock === undefined ? { changed } : { changed, clock }))
    }
  }

  async #reload(): Promise<void> {
    try {
      const settings = await this.#read()
      const old = this.#settings
      if (settings.cert === old?.cert && settings.key === old?.key && settings.ca === old?.ca) return
      this.#settings = settings
      this.#log.info('the certificates were read anew', { files: this.#paths() })
      for (const listener of this.#listeners) listener()
    } catch (error) {
      // One of two files is often there before the other: the next change finds both.
      this.#log.warn('the new certificates cannot be used; the last ones stay', { error })
    }
  }

  async #read(): Promise<TlsClientOptions> {
    const { caFile, certFile, keyFile, serverName } = this.#options
    const [ca, cert, key] = await Promise.all([textOf(caFile), textOf(certFile), textOf(keyFile)])
    if (cert !== undefined && key !== undefined) checkTlsIdentity({ cert, key, ...(ca !== undefined && { ca }) })
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { serverName }),
    }
  }

  #paths(): string[] {
    const { caFile, certFile, keyFile } = this.#options
    return [caFile, certFile, keyFile].filter((path) => path !== undefined)
  }
}

async function textOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readTextFile(path)
  } catch (cause) {
    throw new ServiceError('BAD_CERTIFICATE', `Cannot read the certificate file ${path}.`, { cause })
  }
}
