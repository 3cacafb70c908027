/**
 * A NATS server of its own with JetStream, which syncs before it answers: the one that `node scripts/ci/nats.ts` built, else Debian's (package
 * `nats-server`), which is too old to be told so.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { converse } from './converse.ts'
import { freePort } from './free-port.ts'
import { loopback, missingCommand, type ServerPlace, type System, startServer } from './server-process.ts'

export const natsVersion = '2.12.2'
/** Where it is kept; not in the repository. */
export const natsFolder: string = fileURLToPath(
  new URL(`../../node_modules/.cache/nats-${natsVersion}`, import.meta.url),
)

const built = join(natsFolder, 'nats-server')
const isBuilt = existsSync(built)
/** Whether it can be told to sync each message. */
export const natsCanSync: boolean = isBuilt

export interface NatsSystemOptions {
  readonly user?: string
  readonly password?: string
  /** Whether it syncs each message before it answers; default true. Not of Debian's. */
  readonly syncsAlways?: boolean
}

export interface NatsSystem extends System {
  readonly url: string
  /** Its monitoring. */
  readonly monitorUrl: string
}

export const natsMissing: string | false = isBuilt ? false : missingCommand('nats-server', 'nats-server')

export async function startNats({
  user,
  password = '',
  syncsAlways = true,
}: NatsSystemOptions = {}): Promise<NatsSystem> {
  const secret = user === undefined ? [] : ['--user', user, '--pass', password]
  const monitorPort = await freePort()
  const server = await startServer({
    name: 'nats',
    command: isBuilt ? built : 'nats-server',
    prepare: (place) => writeFile(settingsFile(place), settingsOf(place, isBuilt && syncsAlways)),
    args: (place) => [
      ...['--config', settingsFile(place), '--addr', loopback, '--port', String(place.port)],
      ...['--http_port', String(monitorPort), ...secret],
    ],
    // Its own greeting comes before JetStream has read its files; whoever asks then is told that nobody answers.
    answers: ({ port }) => converse(port, '', (greeting) => greeting.includes('"jetstream":true')),
  })
  const login = user === undefined ? '' : `${user}:${password}@`
  return Object.assign(server, {
    url: `nats://${login}${loopback}:${server.port}`,
    monitorUrl: `http://${loopback}:${monitorPort}`,
  })
}

function settingsOf({ folder }: ServerPlace, syncsAlways: boolean): string {
  const sync = syncsAlways ? ', sync_interval: always' : ''
  return `jetstream { store_dir: ${JSON.stringify(folder)}${sync} }\n`
}

function settingsFile({ folder }: ServerPlace): string {
  return join(folder, 'nats.conf')
}
