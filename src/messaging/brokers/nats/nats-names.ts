/**
 * NatsNames: where a topic stands in NATS, and what a message looks like there.
 *
 *   topic order.placed, lane 3    subject genever.order=placed.3 │ stream genever-order=placed │ consumer GROUP-3
 *
 * NATS keeps the dot for itself; names of topics and groups have no `=`.
 */

import { forGroupHeader } from '../../dead-letter.ts'
import { fromHeaderText, toHeaderText } from '../../internal/header-text.ts'
import type { Message } from '../../message.ts'
import type { NatsMessage } from './nats-connection.ts'

/** Who reads which lanes, of all groups. */
export const groupsStream = 'genever-groups'

export function streamOf(topic: string): string {
  return `genever-${withoutDots(topic)}`
}

export function subjectOf(topic: string, lane: number | '*'): string {
  return `genever.${withoutDots(topic)}.${lane}`
}

export function consumerOf(group: string, lane: number): string {
  return `${withoutDots(group)}-${lane}`
}

export function shareSubject({ topic, group }: { readonly topic: string; readonly group: string }): string {
  return `${groupsStream}.${withoutDots(topic)}.${withoutDots(group)}`
}

const idHeader = 'genever-id'
const keyHeader = 'genever-key'
const dedupeHeader = 'Nats-Msg-Id'

export function toNatsHeaders({ id, key, headers }: Message): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [toHeaderName(name), toHeaderText(value)])
  return {
    ...Object.fromEntries(entries),
    [idHeader]: toHeaderText(id),
    ...(key !== undefined && { [keyHeader]: `=${toHeaderText(key)}` }),
    // A dead letter and a replay have the id of what they were, and must not be taken for its double.
    ...(isFirst(headers) && { [dedupeHeader]: toHeaderText(id) }),
  }
}

export function fromNatsMessage(
  topic: string,
  {
    headers,
    data,
  }: { readonly headers?: Iterable<[string, string[]]> | undefined; readonly data: NatsMessage['data'] },
): Message {
  const found: Record<string, string> = {}
  let id = ''
  let key: string | undefined
  for (const [name, [value = '']] of headers ?? []) {
    if (name === idHeader) id = fromHeaderText(value)
    else if (name === keyHeader) key = fromHeaderText(value.slice(1))
    else if (name !== dedupeHeader) found[fromHeaderText(name)] = fromHeaderText(value)
  }
  return { topic, id, key, headers: found, body: data }
}

function isFirst(headers: Message['headers']): boolean {
  return headers[forGroupHeader] === undefined && headers['x-dead-topic'] === undefined
}

function toHeaderName(name: string): string {
  return toHeaderText(name).replaceAll(':', '%3A')
}

function withoutDots(name: string): string {
  return name.replaceAll('.', '=')
}
