/**
 * LockStore: where it is written down who holds a lock, until when, and under which fencing token.
 *
 *   free ──acquire──▶ held (owner, token, until) ──release──▶ free
 *     ▲                 │ renew: until later            │
 *     └────────── its time is over ─────────────────────┘      every acquire of a key gives a larger token than all before
 */

export interface LockStore {
  /** Takes the lock if nobody holds it, or if it is this owner's already. It is the store's own clock that counts. */
  acquire(request: LockRequest): Promise<LockGrant | LockRefusal>
  /** False if it is not this owner's, under this token, any more. */
  renew(claim: LockClaim): Promise<boolean>
  /** False if it was not this owner's, under this token, any more. */
  release(claim: Omit<LockClaim, 'leaseMs'>): Promise<boolean>
}

export interface LockRequest {
  readonly key: string
  /** Differs for each attempt to get a lock. One whose answer was lost may ask again under the same name. */
  readonly owner: string
  readonly leaseMs: number
}

export interface LockGrant {
  readonly kind: 'granted'
  /** Grows with every grant of the key, also after its lease has run out and after a restart; below 2 ** 53. */
  readonly token: number
}

export interface LockRefusal {
  readonly kind: 'held'
  /** Until the present lease runs out, if it is not renewed. */
  readonly heldForMs: number
}

export interface LockClaim {
  readonly key: string
  readonly owner: string
  readonly token: number
  /** From now on. */
  readonly leaseMs: number
}

/**
 * The next token of a key: one more than the last, but not less than the time in microseconds. So tokens go on growing where
 * the last one is lost, as in a Redis without persistence or for a row that was cleaned up.
 */
export function nextToken(last: number, nowMs: number): number {
  return Math.max(last + 1, Math.floor(nowMs * 1_000))
}
