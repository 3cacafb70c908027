/**
 * DeadLetters: what failed for good, looked at, replayed and discarded.
 *
 *   list ─▶ shelf of the dead-letter topic                     nothing is taken, no group is disturbed
 *   replay ─▶ the message as it was, same id, for the group that failed ─▶ durable ─▶ the letter is removed
 *                                        └─ killed here: replayed once more, with the same id, which an inbox knows
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Broker } from './broker.ts'
import { fromDeadLetter } from './dead-letter.ts'
import { typeOf } from './envelope.ts'
import type { Message } from './message.ts'
import type { ShelvedMessage, TopicShelf } from './topic-shelf.ts'

export interface DeadLetter {
  /** Names it in its topic. */
  readonly position: string
  /** Of the message, which a replay keeps. */
  readonly id: string
  /** Where it was published, and the group that could not handle it. */
  readonly topic: string
  readonly group: string
  readonly type: string
  readonly key: string | undefined
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly failedAt: Date | undefined
  /** As it lies there. */
  readonly message: Message
}

export interface DeadLetterFilter {
  readonly group?: string | undefined
  readonly code?: string | undefined
  readonly type?: string | undefined
  /** Stands in the reason, whatever its case. */
  readonly text?: string | undefined
}

/** Which ones: by their positions, or all that fit. */
export type DeadLetterChoice =
  | { readonly kind: 'some'; readonly positions: readonly string[] }
  | { readonly kind: 'all'; readonly filter: DeadLetterFilter }

export interface DeadLettersParts {
  readonly broker: Broker
  /** Dead-letter topics of the groups here: no other topic is touched. */
  topics(): readonly string[]
  publish(messages: readonly Message[]): Promise<void>
}

const atOnce = 100

export class DeadLetters {
  readonly #parts: DeadLettersParts

  constructor(parts: DeadLettersParts) {
    this.#parts = parts
  }

  /** Undefined where the broker cannot look at a topic, or does not answer. */
  async counts(): Promise<{ topic: string; letters: number | undefined }[]> {
    const { broker, topics } = this.#parts
    return await Promise.all(
      topics().map(async (topic) => ({
        topic,
        letters: await broker.shelf?.count(topic).catch(() => undefined),
      })),
    )
  }

  /** The oldest first. `next` is where the following page begins. @throws ServiceError `NO_DEAD_LETTERS`, `CANNOT_LOOK`. */
  async list(
    topic: string,
    {
      after,
      limit = 50,
      ...filter
    }: DeadLetterFilter & { after?: string | undefined; limit?: number | undefined } = {},
  ): Promise<{ letters: DeadLetter[]; next: string | undefined }> {
    const shelf = this.#shelf(topic)
    const letters: DeadLetter[] = []
    for (let from = after; ; ) {
      const page = await shelf.read(topic, { after: from, limit: atOnce })
      for (const shelved of page) {
        from = shelved.position
        const letter = letterOf(shelved)
        if (fits(letter, filter)) letters.push(letter)
        if (letters.length === limit) return { letters, next: from }
      }
      if (page.length < atOnce) return { letters, next: undefined }
    }
  }

  /** Publishes them again, oldest first, and gives how many. @throws ServiceError `NO_DEAD_LETTERS`, `CANNOT_LOOK`, `BROKER_UNAVAILABLE`. */
  async replay(topic: string, choice: DeadLetterChoice): Promise<number> {
    return await this.#settle(topic, choice, (letters) =>
      this.#parts.publish(letters.flatMap(({ message }) => fromDeadLetter(message) ?? [])),
    )
  }

  /** Removes them for good, and gives how many. @throws ServiceError `NO_DEAD_LETTERS`, `CANNOT_LOOK`, `BROKER_UNAVAILABLE`. */
  async discard(topic: string, choice: DeadLetterChoice): Promise<number> {
    return await this.#settle(topic, choice, async () => undefined)
  }

  async #settle(
    topic: string,
    choice: DeadLetterChoice,
    work: (letters: readonly DeadLetter[]) => Promise<void>,
  ): Promise<number> {
    const shelf = this.#shelf(topic)
    let settled = 0
    for await (const shelved of chosen(shelf, topic, choice)) {
      const filter = choice.kind === 'all' ? choice.filter : {}
      // What somebody else put into the topic is not ours to move.
      const letters = shelved.map(letterOf).filter((letter) => letter.group !== '' && fits(letter, filter))
      if (letters.length === 0) continue
      await work(letters)
      settled += await shelf.remove(
        topic,
        letters.map(({ position }) => position),
      )
    }
    return settled
  }

  #shelf(topic: string): TopicShelf {
    const { broker, topics } = this.#parts
    if (!topics().includes(topic)) {
      throw new ServiceError(
        'NO_DEAD_LETTERS',
        `No group of this service puts dead letters into this topic; those are ${topics().join(', ') || 'none'}.`,
        {
          status: 404,
        },
      )
    }
    if (broker.shelf !== undefined) return broker.shelf
    throw new ServiceError(
      'CANNOT_LOOK',
      `The broker ${broker.name} cannot show what a topic holds without taking it; read ${topic} with a group of your own, and \`fromDeadLetter\`.`,
      { status: 501 },
    )
  }
}

/** No more than lie there now: what fails again at once comes back behind them, and would be replayed for ever. */
async function* chosen(shelf: TopicShelf, topic: string, choice: DeadLetterChoice): AsyncGenerator<ShelvedMessage[]> {
  if (choice.kind === 'some') {
    for (let at = 0; at < choice.positions.length; at += atOnce)
      yield await shelf.find(topic, choice.positions.slice(at, at + atOnce))
    return
  }
  let left = await shelf.count(topic)
  for (let after: string | undefined; left > 0; ) {
    const page = await shelf.read(topic, { after, limit: Math.min(atOnce, left) })
    if (page.length === 0) return
    after = page.at(-1)?.position
    left -= page.length
    yield page
  }
}

function letterOf({ position, message }: ShelvedMessage): DeadLetter {
  const { headers } = message
  const failedAt = new Date(headers['x-dead-time'] ?? Number.NaN)
  return {
    position,
    id: message.id,
    topic: headers['x-dead-topic'] ?? message.topic,
    group: headers['x-dead-group'] ?? '',
    type: typeOf(message),
    key: message.key,
    code: headers['x-dead-code'] ?? '',
    reason: headers['x-dead-reason'] ?? '',
    attempts: Number(headers['x-dead-attempts'] ?? 0),
    failedAt: Number.isNaN(failedAt.getTime()) ? undefined : failedAt,
    message,
  }
}

function fits(letter: DeadLetter, { group, code, type, text }: DeadLetterFilter): boolean {
  return (
    (group === undefined || letter.group === group) &&
    (code === undefined || letter.code === code) &&
    (type === undefined || letter.type === type) &&
    (text === undefined || letter.reason.toLowerCase().includes(text.toLowerCase()))
  )
}
