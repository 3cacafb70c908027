/** A Kafka server of its own: one node that is broker and controller (from Maven Central; `node scripts/ci/kafka.ts` fetches it). */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './command.ts'
import { freePort } from './free-port.ts'
import { countBrokers } from './kafka-converse.ts'
import { loopback, missingCommand, type ServerPlace, type System, startServer } from './server-process.ts'

/** The newest that runs on the Java of Debian 12, version 17. */
export const kafkaVersion = '4.4.0'
/** Where its jars are kept; not in the repository. */
export const kafkaFolder: string = fileURLToPath(
  new URL(`../../node_modules/.cache/kafka-${kafkaVersion}`, import.meta.url),
)

export const kafkaMissing: string | false =
  missingCommand('java', 'default-jre-headless') ||
  (!existsSync(join(kafkaFolder, `kafka_2.13-${kafkaVersion}.jar`)) &&
    'Kafka is not on this machine; node scripts/ci/kafka.ts fetches it by Maven')

export interface KafkaSystemOptions {
  /** More of its configuration, such as `{ 'min.insync.replicas': '2' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface KafkaSystem extends System {
  /** `kafka://127.0.0.1:PORT` */
  readonly url: string
  /**
   * For clients behind a proxy: a client of Kafka asks where the broker is and connects there. Who connects to `port` is told `advertised`, where
   * the proxy has to listen.
   */
  readonly proxied: { readonly port: number; readonly advertised: number }
}

export async function startKafka({ settings = {} }: KafkaSystemOptions = {}): Promise<KafkaSystem> {
  const ports: Ports = { controller: await freePort(), proxied: await freePort(), advertised: await freePort() }
  const server = await startServer({
    name: 'kafka',
    command: 'java',
    prepare: (place) => format(place, ports, settings),
    args: (place) => [
      ...javaArgs('-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'),
      'kafka.Kafka',
      settingsFile(place),
      // The port may be another one than when the folder was prepared.
      ...overrides(listeners(place.port, ports)),
    ],
    startTimeoutMs: 60_000,
    answers: async ({ port }) => {
      // It listens before it may be used.
      if ((await countBrokers(port)) === 0) throw new Error('no broker serves yet')
    },
  })
  return Object.assign(server, {
    url: `kafka://${loopback}:${server.port}`,
    proxied: { port: ports.proxied, advertised: ports.advertised },
  })
}

interface Ports {
  readonly controller: number
  readonly proxied: number
  readonly advertised: number
}

/** Writes the configuration, and makes the folder a new cluster's. */
async function format(place: ServerPlace, ports: Ports, settings: Readonly<Record<string, string>>): Promise<void> {
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${loopback}:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
    'log.dirs': join(place.folder, 'log'),
    // One node keeps what three would.
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // Files that tests never fill: few of them, made quickly.
    'offsets.topic.num.partitions': '2',
    'log.index.size.max.bytes': '65536',
    'group.initial.rebalance.delay.ms': '0',
    // After a kill the new one is let in when the old one's session has ended. A busy machine must not end it: then nothing has a leader.
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '500',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    ...listeners(place.port, ports),
    ...settings,
  }
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(settingsFile(place), text.join(''))
  const cluster = randomBytes(16).toString('base64url')
  const args = ['kafka.tools.StorageTool', 'format', '--cluster-id', `g${cluster.slice(1)}`]
  await runCommand('java', [...javaArgs('-Xmx128m', '-XX:TieredStopAtLevel=1'), ...args, '-c', settingsFile(place)])
}

function listeners(port: number, { controller, proxied, advertised }: Ports): Record<string, string> {
  const at = (name: string, where: number): string => `${name}://${loopback}:${where}`
  return {
    listeners: [at('PLAINTEXT', port), at('PROXIED', proxied), at('CONTROLLER', controller)].join(','),
    'advertised.listeners': [at('PLAINTEXT', port), at('PROXIED', advertised)].join(','),
  }
}

function overrides(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['--override', `${name}=${value}`])
}

function javaArgs(...options: readonly string[]): string[] {
  return [...options, '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(kafkaFolder, '*')]
}

function settingsFile({ folder }: ServerPlace): string {
  return join(folder, 'server.properties')
}
