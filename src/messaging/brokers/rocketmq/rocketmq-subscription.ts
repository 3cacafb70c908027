/**
 * RocketSubscription: one member of a group, over the queues that it holds.
 *
 *   turn ─▶ say that we live, take or give up queues ─▶ wait a third of the lease
 *   held ─▶ where the group is ─▶ pull (waits at the broker) ─▶ deliver up to prefetch ─▶ ack ─▶ offset of what is done without a gap is kept
 *
 * RocketMQ knows no acknowledgement of one message of a queue that keeps its order, but an offset up to which a group is done. What was
 * acknowledged behind a gap is remembered here only, and is delivered again after a crash.
 */
import type { CancelTimer } from '../../../foundation/clock/clock.ts'
import type { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import type { Message } from '../../message.ts'
import { asBrokerError, brokersOf, type RocketClient, type RocketQueue } from './rocketmq-client.ts'
import { command, jsonBody, requestCode, responseCode } from './rocketmq-command.ts'
import { clientIdOf, newMember, placeOf, RocketHolds } from './rocketmq-holds.ts'
import { RocketLane } from './rocketmq-lane.ts'
import { decodeRecords, fromRecord, rocketGroup, rocketName } from './rocketmq-message.ts'
import { deliveryLost } from './rocketmq-refusals.ts'

export interface RocketSubscriptionParts {
  readonly client: RocketClient
  readonly source: SubscriptionSource
  readonly receive: (delivery: Delivery) => void
  readonly leaseMs: number
  readonly log: Logger
}

/** Of one queue: so much is remembered that was acknowledged behind a message which is still being tried. */
const mostOpen = 10_000
/** A pull waits so long at the broker for a message. */
const pullMs = 15_000
/** Brokers look for pulls that have waited long enough every 5 s; who is silent is found out by the turns. */
const longestPullMs = 2 * pullMs + 10_000
/** What a broker gives at once, unless it is set to something else. */
const mostPulled = 32
/** Bits of a pull: the broker may wait; it is told what is subscribed to. */
const [mayWait, hasSubscription] = [2, 4]
const retryMs = { least: 50, most: 500 }

export class RocketSubscription implements BrokerSubscription {
  readonly #parts: RocketSubscriptionParts
  readonly #group: string
  readonly #member = newMember()
  readonly #holds: RocketHolds
  readonly #lanes = new Map<string, RocketLane>()
  /** What the brokers were told of each queue, for brokers that forget it. */
  readonly #places = new Map<string, number>()
  #queues: RocketQueue[] = []
  #isPaused = false
  #isClosed = false
  #isWanted = false
  #first = 0
  #turning: Promise<void> | undefined
  #cancelTurn: CancelTimer | undefined
  #flushing: Promise<void> | undefined
  #isWarned = false

  constructor(parts: RocketSubscriptionParts) {
    this.#parts = parts
    const { client, source, leaseMs } = parts
    this.#group = rocketGroup(source.topic, source.group)
    this.#holds = new RocketHolds({ client, topic: source.topic, group: this.#group, member: this.#member, leaseMs })
  }

  /** Whether it is this group, as RocketMQ knows it, that has other members than before. */
  isOf(group: unknown): boolean {
    return group === this.#group
  }

  /** Resolves when the group has its place in every queue, and this member has taken its share. */
  async join(): Promise<void> {
    const { client, source } = this.#parts
    const queues = await client.queuesOf(source.topic)
    await client.ensureGroup(this.#group, queues)
    await client.ensureGroup(this.#holds.notesGroup, queues)
    // A group that begins at the end begins there, whoever reads a queue first.
    if (source.from === 'latest') await Promise.all(queues.map((queue) => this.#placeIn(queue)))
    this.#queues = queues
    this.wake()
    await this.#turning
  }

  /** Now, and not only when a third of the lease has passed. */
  wake(): void {
    this.#isWanted = true
    // One after the other; and none before the group is there.
    if (this.#turning !== undefined || this.#isClosed || this.#queues.length === 0) return
    this.#cancelTurn?.()
    this.#turning = this.#turns().then((hasShare) => {
      this.#turning = undefined
      this.#later(hasShare)
    })
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
    this.#cancelTurn?.()
    await this.#turning
    this.#flush()
    await this.#flushing
    // A broker that is down gives the queues to others when the lease ends.
    await this.#holds.release(this.#holds.held).catch(() => undefined)
    this.#loseAll()
    for (const broker of brokersOf(this.#queues)) {
      const fields = { clientID: clientIdOf(this.#member), consumerGroup: this.#group }
      this.#parts.client.tell(broker, command(requestCode.unregister, fields))
    }
  }

  #later(hasShare: boolean): void {
    const { client, leaseMs } = this.#parts
    if (this.#isClosed) return
    const delayMs = hasShare ? leaseMs / 3 : Math.min(leaseMs / 3, Math.max(100, leaseMs / 20))
    this.#cancelTurn = client.clock.schedule(delayMs, () => this.wake())
  }

  async #turns(): Promise<boolean> {
    let hasShare = false
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      try {
        this.#heartbeat()
        hasShare = await this.#share()
        this.#isWarned = false
      } catch (error) {
        this.#warn('the queues of a group could not be shared out', error)
        this.#dropLost()
      }
    }
    return hasShare
  }

  async #share(): Promise<boolean> {
    const isFree = (queue: RocketQueue): boolean => this.#lanes.get(placeOf(queue))?.isFree ?? true
    const hasShare = await this.#holds.turn({ queues: this.#queues, isFree })
    this.#dropLost()
    const fresh = this.#holds.held.filter((queue) => !this.#lanes.has(placeOf(queue)))
    const found = await Promise.all(fresh.map(async (queue) => new RocketLane(queue, await this.#placeIn(queue))))
    if (this.#isClosed) return hasShare
    for (const lane of found) if (this.#holds.holds(lane.queue)) this.#lanes.set(placeOf(lane.queue), lane)
    this.#pump()
    return hasShare
  }

  /** Where the group is in a queue; keeps where it begins. */
  async #placeIn(queue: RocketQueue): Promise<number> {
    const { client, source } = this.#parts
    const { topic } = source
    const place = placeOf(queue)
    // A broker that was killed has forgotten what it was told in the last seconds.
    const own = this.#places.get(place) ?? -1
    const known = Math.max(own, (await client.offsetOf(topic, queue, this.#group)) ?? -1)
    const offset = known >= 0 ? known : await this.#beginningOf(queue)
    if (own < offset) this.#places.set(place, offset)
    await client.keepOffset(topic, queue, { group: this.#group, offset })
    return offset
  }

  async #beginningOf(queue: RocketQueue): Promise<number> {
    const { client, source } = this.#parts
    const { first, next } = await client.bounds(source.topic, queue)
    return source.from === 'latest' ? next : first
  }

  #heartbeat(): void {
    const { client, source } = this.#parts
    const subscription = {
      topic: rocketName(source.topic),
      subString: '*',
      classFilterMode: false,
      tagsSet: [],
      codeSet: [],
      subVersion: 1,
      expressionType: 'TAG',
    }
    const consumer = {
      groupName: this.#group,
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      subscriptionDataSet: [subscription],
      unitMode: false,
    }
    const body = jsonBody({ clientID: clientIdOf(this.#member), producerDataSet: [], consumerDataSet: [consumer] })
    for (const broker of brokersOf(this.#queues)) client.tell(broker, command(requestCode.heartbeat, {}, body))
  }

  /** Delivers what there is room for, and pulls where nothing waits. */
  #pump(): void {
    if (this.#isPaused || this.#isClosed) return
    this.#deliver()
    if (this.#isPaused || this.#isClosed || this.#room() <= 0) return
    for (const lane of this.#lanes.values()) {
      // One that was given up, and is still here until the next turn, is nobody's to pull.
      if (!lane.isPulling && lane.isEmpty && lane.open < mostOpen && this.#isHeld(lane)) void this.#pull(lane)
    }
  }

  async #pull(lane: RocketLane): Promise<void> {
    const { client } = this.#parts
    lane.isPulling = true
    for (let failures = 0; this.#isHeld(lane) && lane.isEmpty && !this.#isPaused && this.#room() > 0; ) {
      try {
        await this.#pullOnce(lane)
        failures = 0
      } catch (error) {
        if (this.#isClosed) break
        this.#warn('messages could not be read', error)
        await client.clock.sleep(Math.min(retryMs.most, retryMs.least * 2 ** failures++))
      }
    }
    lane.isPulling = false
    this.#pump()
  }

  async #pullOnce(lane: RocketLane): Promise<void> {
    const { client, source } = this.#parts
    const { queue, read } = lane
    const fields = {
      consumerGroup: this.#group,
      topic: rocketName(source.topic),
      queueId: queue.id,
      queueOffset: read,
      maxMsgNums: Math.min(mostPulled, Math.max(1, source.prefetch)),
      sysFlag: mayWait | hasSubscription,
      commitOffset: 0,
      suspendTimeoutMillis: pullMs,
      subscription: '*',
      subVersion: 1,
      expressionType: 'TAG',
    }
    const { pullNotFound, pullRetryImmediately, pullOffsetMoved } = responseCode
    const answer = await client.ask(queue.broker, command(requestCode.pull, fields), {
      timeoutMs: longestPullMs,
      expected: [pullNotFound, pullRetryImmediately, pullOffsetMoved],
    })
    if (!this.#isHeld(lane) || lane.read !== read) return
    if (answer.code === responseCode.success) {
      lane.take(decodeRecords(answer.body), Number(answer.fields.nextBeginOffset))
      this.#deliver()
    } else if (answer.code === pullOffsetMoved) await this.#seek(lane)
  }

  /** Retention has removed what the group had not read, or the broker has lost the end of its log. */
  async #seek(lane: RocketLane): Promise<void> {
    const { client, source, log } = this.#parts
    const { first, next } = await client.bounds(source.topic, lane.queue)
    const { read } = lane
    const offset = Math.min(Math.max(read, first), next)
    if (offset === read) return
    const { topic, group } = source
    log.error('rocketmq has lost messages that the group had not read', { topic, group, read, offset })
    lane.seek(offset)
  }

  #isHeld(lane: RocketLane): boolean {
    return !this.#isClosed && this.#lanes.get(placeOf(lane.queue)) === lane && this.#holds.holds(lane.queue)
  }

  #room(): number {
    let room = this.#parts.source.prefetch
    for (const { inHand } of this.#lanes.values()) room -= inHand
    return room
  }

  /** One of each queue in its turn. */
  #deliver(): void {
    const lanes = [...this.#lanes.values()].filter((lane) => !lane.isEmpty && this.#isHeld(lane))
    let room = this.#isPaused || this.#isClosed ? 0 : this.#room()
    for (let idle = 0; room > 0 && idle < lanes.length; ) {
      const lane = lanes[this.#first++ % lanes.length]
      const record = lane?.shift()
      if (lane === undefined || record === undefined) {
        idle++
        continue
      }
      idle = 0
      room--
      const message = fromRecord(record, this.#parts.source.topic, placeOf(lane.queue))
      this.#parts.receive(this.#delivery(lane, { offset: record.offset, message }, 1))
      if (this.#isPaused || this.#isClosed) return
    }
  }

  #delivery(lane: RocketLane, taken: { offset: number; message: Message }, attempt: number): Delivery {
    const { clock } = this.#parts.client
    return {
      message: taken.message,
      attempt,
      ack: () => this.#acknowledge(lane, taken.offset),
      giveBack: () =>
        deliverAgain({
          clock,
          attempt,
          isHeld: () => this.#isHeld(lane),
          isPaused: () => this.#isPaused,
          deliver: () => this.#parts.receive(this.#delivery(lane, taken, attempt + 1)),
        }),
    }
  }

  #acknowledge(lane: RocketLane, offset: number): Promise<void> {
    if (!this.#isHeld(lane)) return Promise.reject(deliveryLost())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    lane.acknowledge(offset)
    lane.waiting.push({ offset, settle: (error) => (error === undefined ? resolve() : reject(error)) })
    this.#flush()
    this.#pump()
    return promise
  }

  /** Acknowledgements of one turn of the loop share a request for each queue, and so do those that come while one is under way. */
  #flush(): void {
    this.#flushing ??= Promise.resolve()
      .then(() => this.#keepAll())
      .finally(() => {
        this.#flushing = undefined
      })
  }

  async #keepAll(): Promise<void> {
    for (let moved = this.#moved(); moved.length > 0; moved = this.#moved()) {
      await Promise.all(moved.map((lane) => this.#keep(lane)))
    }
  }

  async #keep(lane: RocketLane): Promise<void> {
    const { client, source } = this.#parts
    const { acknowledged: offset, waiting } = lane
    const count = waiting.length
    try {
      if (offset > lane.kept) await client.keepOffset(source.topic, lane.queue, { group: this.#group, offset })
      lane.keep(offset)
      this.#places.set(placeOf(lane.queue), offset)
      // Those who acknowledged behind a gap need not wait for it to close.
      for (const { settle } of waiting.splice(0, count)) settle()
    } catch (error) {
      this.#fail(lane, count, asBrokerError(error))
    }
  }

  /** Whoever acknowledged may give back: it is in hand again. */
  #fail(lane: RocketLane, count: number, error: ServiceError): void {
    for (const { offset, settle } of lane.waiting.splice(0, count)) {
      lane.reopen(offset)
      settle(error)
    }
  }

  #moved(): RocketLane[] {
    return [...this.#lanes.values()].filter(({ waiting }) => waiting.length > 0)
  }

  #dropLost(): void {
    for (const [place, lane] of [...this.#lanes]) if (!this.#holds.holds(lane.queue)) this.#lose(place, lane)
  }

  #lose(place: string, lane: RocketLane): void {
    this.#lanes.delete(place)
    for (const { settle } of lane.waiting.splice(0)) settle(deliveryLost())
  }

  #loseAll(): void {
    for (const [place, lane] of [...this.#lanes]) this.#lose(place, lane)
  }

  /** Once for each absence. */
  #warn(message: string, error: unknown): void {
    if (this.#isWarned) return
    this.#isWarned = true
    const { log, source } = this.#parts
    log.warn(message, { error: asBrokerError(error), topic: source.topic, group: source.group })
  }
}
