/**
 * NatsShelf: what a topic's stream holds, by its sequence numbers, without a consumer.
 *
 *   read ─▶ the next message at or behind a number, one by one │ remove ─▶ deleted from the stream, for every group
 */
import type { Message } from '../../message.ts'
import type { ShelvedMessage, TopicShelf } from '../../topic-shelf.ts'
import { asBrokerError, type NatsConnection, NatsRefusal } from './nats-connection.ts'
import { fromNatsMessage, streamOf, subjectOf } from './nats-names.ts'

interface StoredMessage {
  readonly seq: number
  /** Base64, with the line that says NATS/1.0. */
  readonly hdrs?: string
  readonly data?: string
}

export class NatsShelf implements TopicShelf {
  readonly #connection: NatsConnection

  constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  async count(topic: string): Promise<number> {
    const asked = this.#connection.ask<{ state: { messages: number } }>(`STREAM.INFO.${streamOf(topic)}`)
    return (await unlessMissing(asked))?.state.messages ?? 0
  }

  async read(
    topic: string,
    { after = '0', limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<ShelvedMessage[]> {
    const page: ShelvedMessage[] = []
    for (let from = sequenceOf(after) ?? 0; page.length < limit; ) {
      const stored = await this.#get(topic, { seq: from + 1, next_by_subj: subjectOf(topic, '*') })
      if (stored === undefined) break
      page.push(shelved(topic, stored))
      from = stored.seq
    }
    return page
  }

  async find(topic: string, positions: readonly string[]): Promise<ShelvedMessage[]> {
    const found: ShelvedMessage[] = []
    for (const position of positions) {
      const seq = sequenceOf(position)
      const stored = seq === undefined ? undefined : await this.#get(topic, { seq })
      if (stored !== undefined) found.push(shelved(topic, stored))
    }
    return found
  }

  async remove(topic: string, positions: readonly string[]): Promise<number> {
    let removed = 0
    for (const position of positions) {
      const seq = sequenceOf(position)
      if (seq === undefined || (await this.#get(topic, { seq })) === undefined) continue
      const asked = this.#connection.ask(`STREAM.MSG.DELETE.${streamOf(topic)}`, { seq, no_erase: true })
      if ((await unlessMissing(asked)) !== undefined) removed++
    }
    return removed
  }

  async #get(topic: string, question: object): Promise<StoredMessage | undefined> {
    const asked = this.#connection.ask<{ message: StoredMessage }>(`STREAM.MSG.GET.${streamOf(topic)}`, question)
    return (await unlessMissing(asked))?.message
  }
}

/** No stream, no such message, or deleted by somebody else just now (which is a 400 or 500 of JetStream's, by its version). */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof NatsRefusal && (error.code === 404 || missing.has(error.reason))) return undefined
    throw asBrokerError(error)
  }
}

/** `no message found`, `sequence not found`, `message could not be deleted`; see nats-server's errors.json. */
const missing: ReadonlySet<number> = new Set([10_037, 10_043, 10_057])

function sequenceOf(position: string): number | undefined {
  return /^\d{1,15}$/.test(position) ? Number(position) : undefined
}

function shelved(topic: string, { seq, hdrs = '', data = '' }: StoredMessage): ShelvedMessage {
  return { position: String(seq), message: messageOf(topic, hdrs, data) }
}

function messageOf(topic: string, hdrs: string, data: string): Message {
  const [, ...lines] = Buffer.from(hdrs, 'base64').toString().split('\r\n')
  const headers = lines.flatMap((line): [string, string[]][] => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [[line.slice(0, colon), [line.slice(colon + 1).trim()]]]
  })
  return fromNatsMessage(topic, { headers, data: Buffer.from(data, 'base64') })
}
