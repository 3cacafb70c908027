/** Message: what brokers carry: bytes, with headers and a key. */

/** Lower-case names. Those that begin with `ce-` are the attributes of CloudEvents in its binary mode. */
export type MessageHeaders = Readonly<Record<string, string>>

export interface Message {
  readonly topic: string
  /** Unique: what is sent twice, or delivered twice, has the same one. */
  readonly id: string
  /** Messages of one key arrive in the order in which they were published; those without one in any. */
  readonly key?: string | undefined
  readonly headers: MessageHeaders
  readonly body: Uint8Array
  /** Not to be delivered before so many milliseconds have passed, where the broker can; default 0. */
  readonly delayMs?: number
}
