/** Entries of a stream as messages: `id`, `key`, `headers`, `body`, in this order, as they were appended. */
import type { RedisReply } from '../../../redis/redis-like.ts'
import type { Message, MessageHeaders } from '../../message.ts'

export function messageFrom(topic: string, fields: readonly RedisReply[]): Message {
  const [, id, , key, , headers, , body] = fields
  return {
    topic,
    id: replyText(id),
    // '=' stands before a key, so that an empty one is not none.
    key: replyText(key) === '' ? undefined : replyText(key).slice(1),
    headers: JSON.parse(replyText(headers)) as MessageHeaders,
    body: body as Uint8Array,
  }
}

export function replyText(reply: RedisReply | undefined): string {
  return reply instanceof Uint8Array ? Buffer.from(reply).toString() : String(reply ?? '')
}
