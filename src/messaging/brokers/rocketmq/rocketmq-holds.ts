/**
 * RocketHolds: which member of a group holds which queues of a topic, so that no two read the same one.
 *
 *   note of a queue: none │ a dead member's ─▶ break its lock ─▶ lock ─▶ note: member, beat ─▶ held, for a lease from before the lock
 *        └─ another's, and its beat moves: its queue                     └─ every third of the lease: lock and note again
 *
 * RocketMQ's locks make sure that one of two gets a queue, but they last for a minute and do not say whose they are. So the holder leaves a
 * note: an offset in a group of RocketMQ that is made for that, `member × 65,536 + beat`. Members compare no clocks: a note that has not
 * moved for a lease, by the watch of whoever looks, is a dead member's.
 */
import { asBrokerError, brokersOf, type RocketClient, type RocketQueue } from './rocketmq-client.ts'
import { command, jsonBody, parseBody, requestCode } from './rocketmq-command.ts'
import { rocketName } from './rocketmq-message.ts'

export interface RocketHoldsParts {
  readonly client: RocketClient
  readonly topic: string
  /** As RocketMQ knows it. */
  readonly group: string
  readonly member: number
  readonly leaseMs: number
}

export interface ShareWish {
  readonly queues: readonly RocketQueue[]
  /** Whether a queue of ours can be given up right now: nothing of it is in hand. */
  isFree(queue: RocketQueue): boolean
}

const beats = 65_536

/** 36 bits, so that a note is a whole number that JavaScript can hold. */
export function newMember(): number {
  return 1 + Math.floor(Math.random() * (2 ** 36 - 1))
}

export function clientIdOf(member: number): string {
  return `genever-${member.toString(36)}`
}

export class RocketHolds {
  readonly #parts: RocketHoldsParts
  /** What the note of each queue said, and since when. */
  readonly #seen = new Map<string, { note: number; sinceMs: number }>()
  /** When each member of RocketMQ's list was seen first. */
  readonly #known = new Map<string, number>()
  readonly #held = new Map<string, RocketQueue>()
  #heldUntilMs = 0
  #beat = 0

  constructor(parts: RocketHoldsParts) {
    this.#parts = parts
  }

  get notesGroup(): string {
    return `${this.#parts.group}%notes`
  }

  /** Whoever sleeps beyond its lease holds nothing any more, whatever it believes. */
  get held(): RocketQueue[] {
    if (this.#parts.client.clock.monotonic() >= this.#heldUntilMs) this.#held.clear()
    return [...this.#held.values()]
  }

  holds(queue: RocketQueue): boolean {
    return this.#parts.client.clock.monotonic() < this.#heldUntilMs && this.#held.has(placeOf(queue))
  }

  /** Says that we live, gives up what is beyond our share, and takes what is missing. Resolves with whether it has its share. */
  async turn({ queues, isFree }: ShareWish): Promise<boolean> {
    const { clock } = this.#parts.client
    const startedMs = clock.monotonic()
    const mine = this.held
    const untilMs = this.#heldUntilMs
    this.#beat = (this.#beat + 1) % beats
    const renewed = mine.length === 0 ? [] : await this.#lock(mine)
    await this.#note(renewed, this.#ownNote())
    this.#held.clear()
    // Whoever waited for our death has read the old note after our lease had ended, or the new one.
    if (clock.monotonic() < untilMs) for (const queue of renewed) this.#held.set(placeOf(queue), queue)
    this.#heldUntilMs = startedMs + this.#parts.leaseMs
    const [notes, members] = await Promise.all([this.#notes(queues), this.#members(queues)])
    const share = Math.ceil(queues.length / this.#living(notes, members))
    const beyond = this.held.filter(isFree).slice(0, Math.max(0, this.#held.size - share))
    await this.release(beyond)
    return await this.#take(queues, notes, share)
  }

  /** Others may have them. */
  async release(queues: readonly RocketQueue[]): Promise<void> {
    if (queues.length === 0) return
    for (const queue of queues) this.#held.delete(placeOf(queue))
    await this.#note(queues, 0)
    await this.#unlock(queues, this.#parts.member)
  }

  async #take(queues: readonly RocketQueue[], notes: ReadonlyMap<string, number>, share: number): Promise<boolean> {
    const { client, leaseMs, member } = this.#parts
    const nowMs = client.clock.monotonic()
    const wanted: RocketQueue[] = []
    for (const queue of queues) {
      const place = placeOf(queue)
      if (this.#held.has(place)) continue
      const note = notes.get(place) ?? 0
      const isOld = nowMs - (this.#seen.get(place)?.sinceMs ?? nowMs) >= leaseMs
      // Beyond our share only what nobody has held for a lease.
      const isFree = note === 0 || ownerOf(note) === member
      if (isOld || (isFree && this.#held.size + wanted.length < share)) wanted.push(queue)
    }
    for (const queue of wanted) {
      const owner = ownerOf(notes.get(placeOf(queue)) ?? 0)
      if (owner !== 0 && owner !== member) await this.#unlock([queue], owner)
    }
    const got = wanted.length === 0 ? [] : await this.#lock(wanted)
    await this.#note(got, this.#ownNote())
    for (const queue of got) this.#held.set(placeOf(queue), queue)
    return this.#held.size >= share
  }

  #ownNote(): number {
    return this.#parts.member * beats + this.#beat
  }

  /** Members that hold something, and those that are too new to do so. */
  #living(notes: ReadonlyMap<string, number>, members: readonly string[]): number {
    const { client, leaseMs, member } = this.#parts
    const nowMs = client.clock.monotonic()
    const living = new Set([clientIdOf(member)])
    for (const [place, note] of notes) {
      const sinceMs = this.#seen.get(place)?.sinceMs ?? nowMs
      if (note !== 0 && nowMs - sinceMs < leaseMs) living.add(clientIdOf(ownerOf(note)))
    }
    for (const id of [...this.#known.keys()]) if (!members.includes(id)) this.#known.delete(id)
    for (const id of members) {
      const sinceMs = this.#known.get(id) ?? nowMs
      this.#known.set(id, sinceMs)
      if (nowMs - sinceMs < 3 * leaseMs) living.add(id)
    }
    return living.size
  }

  async #notes(queues: readonly RocketQueue[]): Promise<Map<string, number>> {
    const { client, topic } = this.#parts
    const found = await Promise.all(queues.map((queue) => client.offsetOf(topic, queue, this.notesGroup)))
    const nowMs = client.clock.monotonic()
    return new Map(
      queues.map((queue, index) => {
        const note = found[index] ?? 0
        const place = placeOf(queue)
        if (this.#seen.get(place)?.note !== note) this.#seen.set(place, { note, sinceMs: nowMs })
        return [place, note]
      }),
    )
  }

  async #note(queues: readonly RocketQueue[], note: number): Promise<void> {
    const { client, topic } = this.#parts
    await Promise.all(queues.map((queue) => client.keepOffset(topic, queue, { group: this.notesGroup, offset: note })))
  }

  /** Those that listen over connections that RocketMQ knows of. */
  async #members(queues: readonly RocketQueue[]): Promise<string[]> {
    const { client, group } = this.#parts
    const [broker = ''] = brokersOf(queues)
    // It refuses to name the members of a group that has none.
    const { body } = await client.ask(broker, command(requestCode.members, { consumerGroup: group }), { expected: [1] })
    return body.length === 0 ? [] : (parseBody<{ consumerIdList?: string[] }>(body).consumerIdList ?? [])
  }

  /** Those of them that are ours now. */
  async #lock(queues: readonly RocketQueue[]): Promise<RocketQueue[]> {
    const answers = await this.#perBroker(requestCode.lock, queues, this.#parts.member)
    const got = answers.flatMap(({ body }) => {
      const { lockOKMQSet = [] } = parseBody<{ lockOKMQSet?: { brokerName: string; queueId: number }[] }>(body)
      return lockOKMQSet.map(({ brokerName, queueId }) => placeOf({ broker: brokerName, id: queueId }))
    })
    return queues.filter((queue) => got.includes(placeOf(queue)))
  }

  async #unlock(queues: readonly RocketQueue[], member: number): Promise<void> {
    await this.#perBroker(requestCode.unlock, queues, member)
  }

  async #perBroker(code: number, queues: readonly RocketQueue[], member: number): Promise<{ body: Uint8Array }[]> {
    const { client, group, topic } = this.#parts
    return await Promise.all(
      brokersOf(queues).map((broker) => {
        const own = queues.filter((queue) => queue.broker === broker)
        const mqSet = own.map(({ id }) => ({ topic: rocketName(topic), brokerName: broker, queueId: id }))
        const body = jsonBody({ consumerGroup: group, clientId: clientIdOf(member), onlyThisBroker: false, mqSet })
        return client.ask(broker, command(code, {}, body))
      }),
    ).catch((error: unknown) => {
      throw asBrokerError(error)
    })
  }
}

export function placeOf({ broker, id }: RocketQueue): string {
  return `${broker} ${id}`
}

function ownerOf(note: number): number {
  return Math.floor(note / beats)
}
