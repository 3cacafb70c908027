/** Shedding: what happens at the door when more is asked of the service than it can do. */

export interface SheddingOptions {
  /** Requests that wait at most; then the oldest of the lowest priority makes room. Default 1,000. */
  readonly maxQueued?: number
}
