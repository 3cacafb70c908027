/**
 * KafkaTopics: makes topics that are not there, and says where one is kept too carelessly.
 *
 *   ensure ─▶ there? ─no─▶ made, with the broker's own number of replicas ─▶ every partition has a leader ─▶ known
 */
import type { Admin } from '@platformatic/kafka'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { asBrokerError, hasKafkaError, type KafkaClient } from './kafka-client.ts'

export interface KafkaTopicsParts {
  readonly client: KafkaClient
  readonly partitions: number
  /** -1: as the broker's `default.replication.factor` says. */
  readonly replicas: number
  readonly log: Logger
}

const lookAgainMs = 20

export class KafkaTopics {
  readonly #parts: KafkaTopicsParts
  readonly #known = new Map<string, Promise<number>>()
  readonly #checked = new Set<string>()

  constructor(parts: KafkaTopicsParts) {
    this.#parts = parts
  }

  /** Resolves with the number of partitions. @throws ServiceError `BROKER_UNAVAILABLE` */
  ensure(topic: string): Promise<number> {
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const ensured = this.#parts.client.administer((admin) => this.#ensure(admin, topic))
    this.#known.set(topic, ensured)
    ensured.catch(() => this.#known.delete(topic))
    return ensured
  }

  /** Somebody may have removed them. */
  forget(): void {
    this.#known.clear()
  }

  async #ensure(admin: Admin, topic: string): Promise<number> {
    let replicas = await replicasOf(admin, topic)
    if (replicas === undefined) {
      await this.#create(admin, topic)
      // Brokers hear of it one after the other.
      while (replicas === undefined) {
        await this.#parts.client.clock.sleep(lookAgainMs)
        replicas = await replicasOf(admin, topic)
      }
    }
    if (!this.#checked.has(topic)) await this.#warnIfCareless(admin, topic, Math.min(...replicas))
    return replicas.length
  }

  async #create(admin: Admin, topic: string): Promise<void> {
    const { partitions, replicas } = this.#parts
    // So that times rise in a partition, whoever publishes: what looks at a topic goes by them.
    const configs = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
    await admin.createTopics({ topics: [topic], partitions, replicas, configs }).catch((error: unknown) => {
      if (!hasKafkaError(error, 'TOPIC_ALREADY_EXISTS')) throw error
    })
  }

  /** Managed servers may not tell. */
  async #warnIfCareless(admin: Admin, topic: string, replicas: number): Promise<void> {
    this.#checked.add(topic)
    const settings = await settingsOf(admin, topic).catch(() => undefined)
    const problems = carelessness(replicas, settings)
    if (problems.length === 0) return
    const { log } = this.#parts
    log.warn(`kafka may lose acknowledged messages of topic ${topic} when a broker fails: ${problems.join('; ')}`, {
      topic,
      replicas,
      ...settings,
    })
  }
}

export interface TopicSettings {
  readonly 'min.insync.replicas'?: string
  readonly 'unclean.leader.election.enable'?: string
}

/** What is wrong with how a topic is kept; empty if it survives the loss of a broker. */
export function carelessness(replicas: number, settings: TopicSettings | undefined): string[] {
  const inSync = Number(settings?.['min.insync.replicas'])
  const problems: string[] = []
  if (replicas < 2) problems.push('it has one replica; have three')
  // NaN, where it was not told, is not less.
  if (inSync < 2) problems.push('min.insync.replicas is 1; set 2')
  if (settings?.['unclean.leader.election.enable'] === 'true')
    problems.push('unclean.leader.election.enable is true; set false')
  return problems
}

async function settingsOf(admin: Admin, topic: string): Promise<TopicSettings> {
  const configurationKeys = ['min.insync.replicas', 'unclean.leader.election.enable']
  const [found] = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys }],
  })
  return Object.fromEntries((found?.configs ?? []).map(({ name, value }) => [name, value ?? '']))
}

/** Replicas of each partition; undefined if the topic is not there, or not ready. */
async function replicasOf(admin: Admin, topic: string): Promise<number[] | undefined> {
  try {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
    const partitions = topics.get(topic)?.partitions ?? []
    if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) return undefined
    return partitions.map(({ replicas }) => replicas.length)
  } catch (error) {
    if (isUnknownTopic(error) || hasKafkaError(error, 'LEADER_NOT_AVAILABLE')) return undefined
    throw error instanceof ServiceError ? error : asBrokerError(error)
  }
}

/** The package turns Kafka's error into one without a number. */
export function isUnknownTopic(error: unknown): boolean {
  return (
    hasKafkaError(error, 'UNKNOWN_TOPIC_OR_PARTITION') ||
    (error instanceof Error && error.message.startsWith('Unknown topic'))
  )
}
