/** Operations on messages: what the groups of this process do, and their dead letters. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { DeadLetter, DeadLetterChoice } from '../../messaging/dead-letters.ts'
import type { GroupView as Group, Messaging } from '../../messaging/messaging.ts'
import type {
  BrokerView,
  DeadLettersQuery,
  DeadLettersView,
  DeadLetterView,
  GroupView,
  LettersRequest,
  Settled,
} from './operations-api.ts'
import { shownBody } from './shown-payload.ts'

export async function brokerView(messaging: Messaging): Promise<BrokerView> {
  const [groups, counts] = await Promise.all([
    Promise.all(messaging.view().map(async (group) => groupView(group, await messaging.lag(group.topic, group.group)))),
    messaging.deadLetters.counts(),
  ])
  return {
    name: messaging.name,
    kind: messaging.broker,
    groups,
    deadLetters: counts.map(({ topic, letters }) => ({ topic, letters: letters ?? null })),
  }
}

export async function deadLettersView(
  brokers: readonly Messaging[],
  { topic, after, limit, payload = false, ...filter }: DeadLettersQuery,
): Promise<DeadLettersView> {
  const { letters, next } = await brokerOf(brokers, topic).deadLetters.list(topic, { after, limit, ...filter })
  return { topic, letters: letters.map((letter) => letterView(letter, payload)), next: next ?? null }
}

export async function settleLetters(
  brokers: readonly Messaging[],
  what: 'replay' | 'discard',
  request: LettersRequest,
): Promise<Settled> {
  const { deadLetters } = brokerOf(brokers, request.topic)
  return { messages: await deadLetters[what](request.topic, choiceOf(request)) }
}

/** Nothing is ever taken for all: whoever means it says it. */
function choiceOf({ positions = [], all = false, topic: _, ...filter }: LettersRequest): DeadLetterChoice {
  if (all === positions.length > 0) {
    throw new ServiceError(
      'BAD_CHOICE',
      'Name the positions of the letters, or say `all: true`, with a filter if you wish.',
      {
        status: 400,
      },
    )
  }
  return all ? { kind: 'all', filter } : { kind: 'some', positions }
}

/** Whose groups put their letters there; the first one says that nobody does. */
function brokerOf(brokers: readonly Messaging[], topic: string): Messaging {
  const [first] = brokers
  const found = brokers.find((messaging) => messaging.view().some(({ deadLetter }) => deadLetter === topic)) ?? first
  if (found === undefined) throw new ServiceError('NO_SUCH_PART', 'This service has no messaging.', { status: 404 })
  return found
}

function groupView({ deadLetter, lastError, ...group }: Group, lag: number | undefined): GroupView {
  return {
    ...group,
    lag: lag ?? null,
    deadLetter: deadLetter ?? null,
    lastError:
      lastError === undefined
        ? null
        : { code: lastError.code, message: lastError.message, at: new Date(lastError.atMs).toISOString() },
  }
}

function letterView({ message, failedAt, key, ...letter }: DeadLetter, withPayload: boolean): DeadLetterView {
  const { headers, body } = message
  return {
    ...letter,
    key: key ?? null,
    failedAt: failedAt?.toISOString() ?? null,
    source: headers['ce-source'] ?? '',
    traceId: traceIdOf(headers.traceparent) ?? null,
    bytes: body.byteLength,
    payload: withPayload ? shownBody(body, headers['content-type']) : null,
  }
}

/** Of a `traceparent`. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  return /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? '')?.[1]
}
