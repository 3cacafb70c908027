/** What became of a batch that was sent. */
export type SendOutcome =
  /** It arrived. `rejected` of its items were refused for good, and `message` says why. */
  | { readonly kind: 'accepted'; readonly rejected: number; readonly message?: string }
  /** It may arrive later: at the earliest after `afterMs`, where the receiver says so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** It never will. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Sends the body of a request. It does not reject: whatever goes wrong is an outcome. */
export type SendBatch = (body: Uint8Array, signal: AbortSignal) => Promise<SendOutcome>
