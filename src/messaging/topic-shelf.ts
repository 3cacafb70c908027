/**
 * TopicShelf: what a topic holds, looked at without being taken from anybody, and taken out one by one. It is what lists, replays and
 * discards dead letters; a broker that cannot do so has none.
 */
import type { Message } from './message.ts'

export interface ShelvedMessage {
  /** Names it in its topic, for as long as it is there: letters, digits, `-`, `_`, `.` and `:`. Later ones sort no earlier in the shelf's own order. */
  readonly position: string
  readonly message: Message
}

export interface TopicShelf {
  /** What is removed is gone from this view alone: groups that read the topic itself get it still. */
  readonly isViewOnly?: boolean
  count(topic: string): Promise<number>
  /** In the order in which they came, as far as the broker keeps one; behind the position `after`. */
  read(topic: string, page: { readonly after?: string | undefined; readonly limit: number }): Promise<ShelvedMessage[]>
  /** Those that are still there, whoever has read them; an unknown position is passed over. */
  find(topic: string, positions: readonly string[]): Promise<ShelvedMessage[]>
  /** Takes them out for every group, and gives how many were there. */
  remove(topic: string, positions: readonly string[]): Promise<number>
}
