/** CacheBus: how processes tell each other which of the values that they keep in memory are no longer right. */

export interface CacheBus {
  publish(message: CacheMessage): Promise<void>
  /** The result ends it. */
  subscribe(listener: CacheBusListener): Promise<() => Promise<void>>
}

export interface CacheMessage {
  /** The cache that says so; it need not hear itself. */
  readonly from: string
  readonly kind: 'delete' | 'refresh'
  readonly region: string
  /** As the region writes them. */
  readonly keys: readonly string[]
}

export interface CacheBusListener {
  onMessage(message: CacheMessage): void
  /** Messages may have been missed: nothing that is kept can be trusted. */
  onGap(): void
}

/** Undefined for what is no message. */
export function parseCacheMessage(text: string): CacheMessage | undefined {
  let parsed: Partial<CacheMessage>
  try {
    parsed = JSON.parse(text) as Partial<CacheMessage>
  } catch {
    return undefined
  }
  const { from, kind, region, keys } = parsed ?? {}
  const isMessage = typeof from === 'string' && typeof region === 'string' && (kind === 'delete' || kind === 'refresh')
  if (!isMessage || !Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return undefined
  return { from, kind, region, keys }
}
