/**
 * DeadLetter: what failed for good, kept with the reason, to be looked at and replayed.
 *
 *   orders ─ fails for the group points ─▶ orders.dead-letter { the message as it was + x-dead-* } ─ replay ─▶ orders, for points
 *
 * It keeps its id, so that an inbox knows it again.
 */
import type { ServiceError } from '../foundation/errors/service-error.ts'
import type { MessageContext } from './consumer.ts'
import type { Message, MessageHeaders } from './message.ts'

const prefix = 'x-dead-'

/** Only this group handles it: another one has done so already. */
export const forGroupHeader = 'x-for-group'

export function toDeadLetter(
  message: Message,
  { topic, error, facts, nowMs }: { topic: string; error: ServiceError; facts: MessageContext; nowMs: number },
): Message {
  return {
    topic,
    id: message.id,
    key: message.key,
    body: message.body,
    headers: {
      ...message.headers,
      [`${prefix}topic`]: message.topic,
      [`${prefix}group`]: facts.group,
      [`${prefix}code`]: error.code,
      // Public text: what a ServiceError says holds no secret.
      [`${prefix}reason`]: error.message.slice(0, 1_000),
      [`${prefix}attempts`]: String(facts.attempt),
      [`${prefix}time`]: new Date(nowMs).toISOString(),
    },
  }
}

/** The message as it was, for the group that failed; undefined for what is no dead letter. */
export function fromDeadLetter(letter: Message): Message | undefined {
  const topic = letter.headers[`${prefix}topic`]
  const group = letter.headers[`${prefix}group`]
  if (topic === undefined || group === undefined) return undefined
  const kept = Object.entries(letter.headers).filter(([name]) => !name.startsWith(prefix))
  const headers: MessageHeaders = { ...Object.fromEntries(kept), [forGroupHeader]: group }
  return { topic, id: letter.id, key: letter.key, body: letter.body, headers }
}
