/** A RocketMQ of its own: a name server and one broker (from Maven Central; `node scripts/ci/rocketmq.ts` fetches them). */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clusterOf } from './rocketmq-converse.ts'
import { loopback, missingCommand, type ServerPlace, type System, startServer } from './server-process.ts'

export const rocketmqVersion = '5.1.4'
/** Where its jars are kept; not in the repository. */
export const rocketmqFolder: string = fileURLToPath(
  new URL(`../../node_modules/.cache/rocketmq-${rocketmqVersion}`, import.meta.url),
)

export const rocketmqMissing: string | false =
  missingCommand('java', 'default-jre-headless') ||
  (!existsSync(join(rocketmqFolder, `rocketmq-broker-${rocketmqVersion}.jar`)) &&
    'RocketMQ is not on this machine; node scripts/ci/rocketmq.ts fetches it by Maven')

export interface RocketmqSystemOptions {
  /** More of the broker's configuration, such as `{ flushDiskType: 'ASYNC_FLUSH' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The broker; its name server goes on when it is killed. */
export interface RocketmqSystem extends System {
  /** `rocketmq://127.0.0.1:PORT`, of the name server. */
  readonly url: string
}

export async function startRocketmq({ settings = {} }: RocketmqSystemOptions = {}): Promise<RocketmqSystem> {
  const names = await startNameServer()
  try {
    const broker = await startServer({
      name: 'rocketmq',
      command: 'java',
      args: (place) => [
        ...['-Xmx320m', '-XX:MaxDirectMemorySize=128m', ...javaArgs(place)],
        ...[
          'org.apache.rocketmq.broker.BrokerStartup',
          '-c',
          writeSettings(place, brokerLines(place, names, settings)),
        ],
      ],
      // Told to end, it waits for ten seconds.
      stopSignal: 'SIGKILL',
      startTimeoutMs: 60_000,
      answers: async ({ port }) => {
        const cluster = await clusterOf(names.port)
        if (!cluster.includes(`${loopback}:${port}`)) throw new Error('the broker does not serve yet')
      },
    })
    const end = broker.stop.bind(broker)
    const stop = async (): Promise<void> => {
      await end()
      await names.stop()
    }
    return Object.assign(broker, { url: `rocketmq://${loopback}:${names.port}`, stop })
  } catch (error) {
    await names.stop()
    throw error
  }
}

function startNameServer(): Promise<System> {
  return startServer({
    name: 'rocketmq-names',
    command: 'java',
    args: (place) => [
      ...['-Xmx64m', ...javaArgs(place)],
      ...['org.apache.rocketmq.namesrv.NamesrvStartup', '-c', writeSettings(place, { listenPort: String(place.port) })],
    ],
    stopSignal: 'SIGKILL',
    startTimeoutMs: 60_000,
    answers: async ({ port }) => void (await clusterOf(port)),
  })
}

function brokerLines(
  { folder, port }: ServerPlace,
  names: System,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    brokerClusterName: 'genever',
    brokerName: 'a',
    brokerId: '0',
    brokerIP1: loopback,
    listenPort: String(port),
    namesrvAddr: `${loopback}:${names.port}`,
    storePathRootDir: join(folder, 'store'),
    storePathCommitLog: join(folder, 'store', 'commitlog'),
    flushDiskType: 'SYNC_FLUSH',
    autoCreateTopicEnable: 'false',
    // Where another broker would copy from it: 0 is any that is free. RocketMQ cannot be told to listen on the loopback address only here.
    haListenPort: '0',
    // Files that tests never fill: small ones, made quickly.
    mappedFileSizeCommitLog: String(16 * 1_024 * 1_024),
    mappedFileSizeConsumeQueue: '60000',
    mappedFileSizeTimerLog: '1048576',
    maxHashSlotNum: '20000',
    maxIndexNum: '80000',
    ...settings,
  }
}

/** The port may be another one at the next attempt. */
function writeSettings({ folder }: ServerPlace, lines: Readonly<Record<string, string>>): string {
  const all = { bindAddress: loopback, rocketmqHome: folder, ...lines }
  const file = join(folder, 'server.conf')
  writeFileSync(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return file
}

/** Its logs go below what it takes for a home. After a crash it frees files by what Java 17 keeps to itself. */
function javaArgs({ folder }: ServerPlace): string[] {
  const opened = ['java.nio', 'sun.nio.ch', 'jdk.internal.ref'].map(
    (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  )
  const small = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  return [...small, ...opened, `-Duser.home=${folder}`, '-cp', join(rocketmqFolder, '*')]
}
