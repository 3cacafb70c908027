/**
 * KafkaMembership: one member of a group: joins it, says that it lives, and hears which partitions are its own.
 *
 *   join ─▶ assigned ─ heartbeat ─▶ somebody came or left ─▶ joins again with what it holds ─▶ assigned
 *    ▲                     ├─ expelled: it was silent for too long ─▶ lost, all of it ─▶ joins as somebody new
 *    └── a new client ◀────┴─ no answer, or another coordinator: the same member goes on with new connections
 */

import type { Consumer } from '@platformatic/kafka'
import { assignPartitions, claimOf, protocolName } from './kafka-assignment.ts'
import { hasKafkaError, type KafkaClient } from './kafka-client.ts'

export interface KafkaMembershipParts {
  readonly client: KafkaClient
  readonly topic: string
  readonly group: string
  readonly sessionTimeoutMs: number
  /** Partitions that it reads or has something in hand of: nobody else gets them yet. */
  readonly held: () => readonly number[]
  /** Which partitions it may read, and which of them it had said to hold. Others that it holds it is to let go of, and to join again then. */
  readonly onAssigned: (partitions: readonly number[], claimed: readonly number[]) => void
  /** Others may have everything that it held. */
  readonly onExpelled: () => void
  readonly onError: (error: unknown) => void
}

/** What Kafka knows a member by. */
export interface MemberIdentity {
  readonly memberId: string
  readonly generationId: number
}

/**
 * A group of ours is of one topic, one of Kafka's is of all topics that its members read: there, it would be shared out anew in all of them
 * when a member of one topic comes or goes.
 */
export function groupIdOf(topic: string, group: string): string {
  return `${group}:${topic}`
}

const retryMs = { least: 50, most: 1_000 }

export class KafkaMembership {
  readonly #parts: KafkaMembershipParts
  #consumer: Consumer | undefined
  #memberId: string | null = null
  #claimed: readonly number[] = []
  #isClosed = false
  #joining: Promise<void> | undefined
  #firstJoin = Promise.withResolvers<void>()

  constructor(parts: KafkaMembershipParts) {
    this.#parts = parts
  }

  /** Undefined while it is no member. */
  get identity(): MemberIdentity | undefined {
    const { memberId = null, generationId = -1 } = this.#consumer ?? {}
    return memberId === null || generationId < 1 ? undefined : { memberId, generationId }
  }

  /** Resolves when it is a member. */
  async start(): Promise<void> {
    this.#rejoin()
    await this.#firstJoin.promise
  }

  /** It holds less than it said: the others may have it. */
  rejoin(): void {
    const consumer = this.#consumer
    if (consumer === undefined) return
    consumer.joinGroup(this.#groupOptions(consumer)).catch((error: unknown) => this.#replace(consumer, error))
  }

  /** New connections for the same member: those it has do not answer any more. */
  refresh(reason: unknown): void {
    if (this.#consumer !== undefined) this.#replace(this.#consumer, reason)
  }

  async leave(): Promise<void> {
    this.#isClosed = true
    const consumer = this.#consumer
    this.#consumer = undefined
    if (consumer === undefined) return
    await this.#depart(consumer)
  }

  /** A Kafka that is away learns of it when the session ends. */
  async #depart(consumer: Consumer): Promise<void> {
    await this.#parts.client.within(consumer.close(true)).catch(() => discard(consumer))
  }

  /** The next connections are the same member's: as somebody new it would wait until the session of the one that it was has ended. */
  #dismiss(consumer: Consumer): void {
    this.#memberId = consumer.memberId ?? this.#memberId
    discard(consumer)
  }

  #rejoin(): void {
    this.#joining ??= this.#joinUntilDone().finally(() => {
      this.#joining = undefined
    })
  }

  async #joinUntilDone(): Promise<void> {
    for (let delayMs = retryMs.least; !this.#isClosed; delayMs = Math.min(retryMs.most, delayMs * 2)) {
      const consumer = await this.#open()
      try {
        await consumer.joinGroup(this.#groupOptions(consumer))
        if (this.#isClosed) await this.#depart(consumer)
        return this.#firstJoin.resolve()
      } catch (error) {
        if (this.#consumer === consumer) this.#consumer = undefined
        this.#dismiss(consumer)
        if (hasKafkaError(error, 'UNKNOWN_MEMBER_ID')) this.#expelled()
        else if (!hasKafkaError(error, 'REBALANCE_IN_PROGRESS')) this.#parts.onError(error)
        await this.#parts.client.clock.sleep(delayMs)
      }
    }
  }

  #replace(consumer: Consumer, reason: unknown): void {
    if (this.#consumer !== consumer || this.#isClosed) return
    if (this.#joining !== undefined) {
      void this.#joining.then(() => this.#replace(consumer, reason))
      return
    }
    this.#consumer = undefined
    this.#parts.onError(reason)
    this.#dismiss(consumer)
    this.#rejoin()
  }

  async #open(): Promise<Consumer> {
    const { client, topic, group, sessionTimeoutMs } = this.#parts
    const { Consumer } = await client.load()
    // An answer to a join waits for the others of the group.
    const settings = client.settings(sessionTimeoutMs + client.timeoutMs)
    const consumer = new Consumer({
      ...settings,
      groupId: groupIdOf(topic, group),
      partitionAssigner: assignPartitions,
    })
    consumer.memberId = this.#memberId
    consumer.topics.track(topic)
    consumer.on('error', (error: Error) => this.#replace(consumer, error))
    consumer.on('consumer:heartbeat:error', ({ error }) => this.#replace(consumer, error))
    consumer.on('consumer:group:join', ({ assignments = [] }) => this.#assigned(consumer, assignments))
    this.#consumer = consumer
    return consumer
  }

  /** The claim is asked for at each join, also at those that the package makes by itself. */
  #groupOptions(consumer: Consumer): Parameters<Consumer['joinGroup']>[0] {
    const { sessionTimeoutMs } = this.#parts
    const claim = (): Buffer => claimOf(this.#claim(consumer))
    return {
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.trunc(sessionTimeoutMs / 10),
      partitionAssigner: assignPartitions,
      protocols: [
        {
          name: protocolName,
          version: 1,
          get metadata() {
            return claim()
          },
        },
      ],
    }
  }

  #claim({ memberId }: Consumer): readonly number[] {
    // The package forgets the id of a member that was expelled.
    if (memberId === null) this.#expelled()
    this.#claimed = this.#parts.held()
    return this.#claimed
  }

  #expelled(): void {
    if (this.#memberId === null) return
    this.#memberId = null
    this.#parts.onExpelled()
  }

  #assigned(consumer: Consumer, assignments: readonly { topic: string; partitions: readonly number[] }[]): void {
    if (this.#consumer !== consumer || this.#isClosed) return
    this.#memberId = consumer.memberId
    const partitions = assignments.flatMap(({ topic, partitions }) => (topic === this.#parts.topic ? partitions : []))
    this.#parts.onAssigned(partitions, this.#claimed)
  }
}

/** Ends its connections and its heartbeat; the group is told nothing. */
function discard(consumer: Consumer): void {
  for (const event of ['consumer:heartbeat:error', 'consumer:group:join'] as const) consumer.removeAllListeners(event)
  consumer.on('error', () => undefined)
  consumer.connections.close(() => undefined)
  // With its connections gone it cannot say that it leaves, but its heartbeat ends.
  consumer.leaveGroup(true, () => undefined)
}
