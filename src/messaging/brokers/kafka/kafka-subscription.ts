/**
 * KafkaSubscription: one member of a group, over the partitions that it holds.
 *
 *   assigned ─▶ where the group is ─▶ fetch from each leader ─▶ deliver up to prefetch ─▶ ack ─▶ commit of what is done without a gap
 *   taken away ─▶ delivers no more of it ─▶ what is in hand ends, and is committed ─▶ let go ─▶ joins again, so that another gets it
 *
 * Kafka knows no acknowledgement of one message, but an offset up to which a group is done. What was acknowledged behind a gap is
 * remembered here only, and is delivered again after a crash.
 */
import type { CancelTimer } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import type { Message } from '../../message.ts'
import { asBrokerError, hasKafkaError, isTimeout, type KafkaClient } from './kafka-client.ts'
import { KafkaLane } from './kafka-lane.ts'
import { KafkaMembership, type MemberIdentity } from './kafka-membership.ts'
import { KafkaReader, type ReadPosition } from './kafka-reader.ts'
import { fromRecord } from './kafka-record.ts'

export interface KafkaSubscriptionParts {
  readonly client: KafkaClient
  readonly source: SubscriptionSource
  readonly receive: (delivery: Delivery) => void
  readonly sessionTimeoutMs: number
  readonly handOverTimeoutMs: number
  readonly log: Logger
}

/** Of one partition: so much is remembered that was acknowledged behind a message which is still being tried. */
const mostOpen = 10_000
/** Kafka is asked again so soon after a failure, and twice as late after each further one. */
const retryMs = { least: 50, most: 500 }
/** Answers to a commit during which the group is being shared out anew: the same commit is right a moment later, or the partition is lost. */
const rebalancing = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']
const leaderMoved = ['NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'UNKNOWN_TOPIC_ID']

export class KafkaSubscription implements BrokerSubscription {
  readonly #parts: KafkaSubscriptionParts
  readonly #membership: KafkaMembership
  readonly #reader: KafkaReader
  readonly #lanes = new Map<number, KafkaLane>()
  /** Leaders that a fetch waits at. */
  readonly #fetching = new Set<number>()
  #assigned: readonly number[] = []
  /** Counts what the group's leader has decided, so that what was found out for an older decision is not used. */
  #decision = 0
  #isPaused = false
  #isClosed = false
  #isPlanning = false
  #isWanted = false
  #first = 0
  #flushing: Promise<void> | undefined
  /** Since Kafka last answered. */
  #failures = 0
  #isWarned = false
  #cancelHandOver: CancelTimer | undefined

  constructor(parts: KafkaSubscriptionParts) {
    this.#parts = parts
    const { client, source, sessionTimeoutMs } = parts
    const { topic, group } = source
    this.#reader = new KafkaReader({ client, topic, group })
    this.#membership = new KafkaMembership({
      client,
      topic,
      group,
      sessionTimeoutMs,
      held: () => [...this.#lanes.keys()],
      onAssigned: (partitions, claimed) => this.#share(partitions, claimed),
      onExpelled: () => this.#loseAll(),
      onError: (error) => this.#warn('the group could not be reached', error),
    })
  }

  /** Resolves when it is a member, and knows where its partitions begin. */
  async join(): Promise<void> {
    await this.#membership.start()
    await this.#begin()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#pump()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelHandOver?.()
    this.#flush()
    await this.#flushing
    await this.#membership.leave()
    this.#loseAll()
    await this.#reader.discard()
  }

  /** What the group's leader has decided. */
  #share(partitions: readonly number[], claimed: readonly number[]): void {
    this.#assigned = partitions
    this.#decision++
    for (const lane of this.#lanes.values()) lane.isLeaving = !partitions.includes(lane.partition)
    const leaving = [...this.#lanes.values()].filter(({ isLeaving }) => isLeaving)
    this.#cancelHandOver?.()
    if (leaving.length > 0) {
      const { client, handOverTimeoutMs } = this.#parts
      this.#cancelHandOver = client.clock.schedule(handOverTimeoutMs, () => {
        for (const lane of leaving) if (this.#lanes.get(lane.partition) === lane && lane.isLeaving) this.#lose(lane)
        this.#membership.rejoin()
      })
      this.#letGo()
    } else if (claimed.some((partition) => !partitions.includes(partition))) {
      // It had let go of them while it joined: nobody may have them before it says so.
      this.#membership.rejoin()
    }
    void this.#begin()
  }

  /** Partitions whose last message is done go to whoever waits for them. */
  #letGo(): void {
    const leaving = [...this.#lanes.values()].filter(({ isLeaving }) => isLeaving)
    if (leaving.length === 0) return
    const done = leaving.filter(({ inHand, waiting, acknowledged, committed }) => {
      return inHand === 0 && waiting.length === 0 && acknowledged <= committed
    })
    for (const lane of done) this.#lose(lane)
    if (done.length < leaving.length) {
      this.#flush()
      return
    }
    this.#cancelHandOver?.()
    this.#membership.rejoin()
  }

  /** Finds out where the group is in partitions that are new here. */
  async #begin(): Promise<void> {
    const decision = this.#decision
    while (!this.#isClosed && decision === this.#decision) {
      const fresh = this.#assigned.filter((partition) => !this.#lanes.has(partition))
      if (fresh.length === 0) break
      try {
        const found = await this.#positions(fresh)
        if (decision !== this.#decision || this.#isClosed) return
        // Another look may have been quicker, and what it began is in hand.
        for (const { partition, offset } of found) {
          if (!this.#lanes.has(partition)) this.#lanes.set(partition, new KafkaLane(partition, offset))
        }
      } catch (error) {
        await this.#recover(error)
      }
    }
    this.#pump()
  }

  async #positions(partitions: readonly number[]): Promise<ReadPosition[]> {
    const { from } = this.#parts.source
    const identity = this.#identity()
    const committed = await this.#reader.committed(partitions, identity)
    const fresh = committed.filter(({ offset }) => offset < 0).map(({ partition }) => partition)
    if (fresh.length === 0) return committed
    const begins = await this.#reader.bounds(from, fresh)
    // A group that begins at the end begins there, whoever reads it after a crash.
    if (from === 'latest') await this.#reader.commit(begins, identity)
    return [...committed.filter(({ offset }) => offset >= 0), ...begins]
  }

  #identity(): MemberIdentity {
    const { identity } = this.#membership
    if (identity === undefined) throw asBrokerError(new Error('it is no member of the group at the moment'))
    return identity
  }

  /** Delivers what there is room for, and fetches where nothing waits. */
  #pump(): void {
    if (this.#isPaused || this.#isClosed) return
    this.#deliver()
    this.#isWanted = true
    if (this.#isPlanning) return
    this.#isPlanning = true
    void this.#plan()
  }

  async #plan(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      if (this.#room() <= 0 || this.#fetchable().length === 0) continue
      try {
        const leaders = await this.#reader.leaders()
        const byLeader = Map.groupBy(this.#fetchable(), ({ partition }) => leaders[partition] ?? -1)
        if (byLeader.has(-1)) await this.#reader.forgetLeaders()
        for (const [node, lanes] of byLeader) if (node >= 0 && !this.#fetching.has(node)) void this.#fetch(node, lanes)
      } catch (error) {
        await this.#recover(error)
        this.#isWanted = true
      }
    }
    // In the same turn as the last look: whoever comes now begins anew.
    this.#isPlanning = false
  }

  #fetchable(): KafkaLane[] {
    if (this.#isPaused) return []
    return [...this.#lanes.values()].filter(({ isLeaving, isEmpty, open }) => !isLeaving && isEmpty && open < mostOpen)
  }

  async #fetch(node: number, lanes: readonly KafkaLane[]): Promise<void> {
    this.#fetching.add(node)
    const asked = new Map(lanes.map((lane) => [lane.partition, { lane, offset: lane.read }]))
    try {
      const positions = lanes.map(({ partition, read }) => ({ partition, offset: read }))
      for (const fetched of await this.#reader.fetch(node, positions)) {
        this.#failures = 0
        const { lane, offset } = asked.get(fetched.partition) ?? {}
        if (lane === undefined || this.#lanes.get(lane.partition) !== lane || lane.read !== offset) continue
        if (fetched.isOutOfRange) await this.#seek(lane)
        else lane.take(fetched)
      }
    } catch (error) {
      await this.#recover(error)
    }
    this.#fetching.delete(node)
    this.#pump()
  }

  /** Retention has removed what the group had not read, or an unclean election what it had. */
  async #seek(lane: KafkaLane): Promise<void> {
    const [first] = await this.#reader.bounds('earliest', [lane.partition])
    const [end] = await this.#reader.bounds('latest', [lane.partition])
    const offset = lane.read < (first?.offset ?? 0) ? (first?.offset ?? 0) : (end?.offset ?? 0)
    const { topic, group } = this.#parts.source
    const { partition, read } = lane
    this.#parts.log.error('kafka has lost messages that the group had not read', {
      topic,
      group,
      partition,
      read,
      offset,
    })
    lane.seek(offset)
  }

  #room(): number {
    let room = this.#parts.source.prefetch
    for (const { inHand } of this.#lanes.values()) room -= inHand
    return room
  }

  /** One of each partition in its turn. */
  #deliver(): void {
    const lanes = [...this.#lanes.values()].filter(({ isLeaving, isEmpty }) => !isLeaving && !isEmpty)
    let room = this.#room()
    for (let idle = 0; room > 0 && idle < lanes.length; ) {
      const lane = lanes[this.#first++ % lanes.length]
      const record = lane?.shift()
      if (lane === undefined || record === undefined) {
        idle++
        continue
      }
      idle = 0
      room--
      const message = fromRecord(record, this.#parts.source.topic, lane.partition)
      this.#parts.receive(this.#delivery(lane, { offset: record.offset, message }, 1))
      if (this.#isPaused || this.#isClosed) return
    }
  }

  #delivery(lane: KafkaLane, taken: { offset: number; message: Message }, attempt: number): Delivery {
    const isHeld = (): boolean => !this.#isClosed && this.#lanes.get(lane.partition) === lane
    return {
      message: taken.message,
      attempt,
      ack: () => {
        if (!isHeld()) return Promise.reject(deliveryLost())
        lane.acknowledge(taken.offset)
        return new Promise((resolve, reject) => {
          lane.waiting.push({
            offset: taken.offset,
            settle: (error) => (error === undefined ? resolve() : reject(error)),
          })
          this.#flush()
          this.#pump()
        })
      },
      giveBack: () => {
        if (!isHeld()) return
        lane.returned(taken.offset)
        this.#letGo()
        deliverAgain({
          clock: this.#parts.client.clock,
          attempt,
          isHeld: () => isHeld() && !lane.isLeaving,
          isPaused: () => this.#isPaused,
          deliver: () => {
            lane.delivered(taken.offset)
            this.#parts.receive(this.#delivery(lane, taken, attempt + 1))
          },
        })
      },
    }
  }

  /** Acknowledgements of one turn of the loop share a commit, and so do those that come while one is under way. */
  #flush(): void {
    this.#flushing ??= Promise.resolve().then(() => this.#commitAll())
  }

  async #commitAll(): Promise<void> {
    const { client } = this.#parts
    // A short absence of Kafka is nobody's business: those who acknowledged wait for it.
    const patienceMs = 2 * client.timeoutMs
    let giveUpMs = client.clock.monotonic() + patienceMs
    for (let moved = this.#moved(); moved.length > 0; moved = this.#moved()) {
      const done = moved.map((lane) => ({ lane, offset: lane.acknowledged, count: lane.waiting.length }))
      try {
        const positions = done.filter(({ lane, offset }) => offset > lane.committed)
        if (positions.length > 0) {
          const asked = positions.map(({ lane: { partition }, offset }) => ({ partition, offset }))
          await this.#reader.commit(asked, this.#identity())
        }
        for (const { lane, offset, count } of done) settle(lane, offset, count)
        this.#failures = 0
        giveUpMs = client.clock.monotonic() + patienceMs
      } catch (error) {
        if (client.clock.monotonic() > giveUpMs) this.#fail(asBrokerError(error))
        await this.#recover(error)
        if (this.#isClosed) break
      }
      this.#letGo()
    }
    this.#flushing = undefined
  }

  /** Partitions of which somebody waits for a commit, or of which more is done than Kafka knows. */
  #moved(): KafkaLane[] {
    return [...this.#lanes.values()].filter(
      ({ waiting, acknowledged, committed, open }) => waiting.length > 0 || (acknowledged > committed && open > 0),
    )
  }

  /** Whoever acknowledged may give back: it is in hand again. */
  #fail(error: ServiceError): void {
    for (const lane of this.#lanes.values()) {
      for (const { offset, settle } of lane.waiting.splice(0)) {
        lane.delivered(offset)
        settle(error)
      }
    }
  }

  /** After a failure: new connections, unless the group is being shared out anew, or leaders have moved. */
  async #recover(error: unknown): Promise<void> {
    const { client } = this.#parts
    if (this.#isClosed) return
    this.#failures++
    if (hasKafkaError(error, ...leaderMoved)) await this.#reader.forgetLeaders()
    else if (this.#membership.identity !== undefined && !hasKafkaError(error, ...rebalancing)) {
      this.#warn('kafka could not be asked', error)
      await this.#reader.discard()
      // Its connections are silent, too; one that is closed it notices by itself.
      if (isTimeout(error)) this.#membership.refresh(error)
    }
    await client.clock.sleep(Math.min(retryMs.most, retryMs.least * 2 ** Math.min(10, this.#failures - 1)))
  }

  #lose(lane: KafkaLane): void {
    this.#lanes.delete(lane.partition)
    for (const { settle } of lane.waiting.splice(0)) settle(deliveryLost())
  }

  #loseAll(): void {
    this.#decision++
    for (const lane of [...this.#lanes.values()]) this.#lose(lane)
  }

  /** Once for each absence. */
  #warn(message: string, error: unknown): void {
    const { topic, group } = this.#parts.source
    if (this.#isWarned && this.#failures > 1) return
    this.#isWarned = true
    this.#parts.log.warn(message, { error: asBrokerError(error), topic, group })
  }
}

/** Kafka has everything before the offset; those who acknowledged behind a gap need not wait for it to close. */
function settle(lane: KafkaLane, offset: number, count: number): void {
  lane.commit(offset)
  for (const { settle: done } of lane.waiting.splice(0, count)) done()
}

function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'Another member of the group has taken over this message: this one was too slow, or stopped. It may be handled twice; an inbox makes its effect once.',
    { status: 409, retryable: false },
  )
}
