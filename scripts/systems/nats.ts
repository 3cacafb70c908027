/** A NATS server of its own with JetStream (Debian package `nats-server`). */
import { converse } from './converse.ts'
import { loopback, missingCommand, type System, startServer } from './server-process.ts'

export interface NatsSystemOptions {
  readonly user?: string
  readonly password?: string
}

export interface NatsSystem extends System {
  readonly url: string
}

export const natsMissing: string | false = missingCommand('nats-server', 'nats-server')

export async function startNats({ user, password = '' }: NatsSystemOptions = {}): Promise<NatsSystem> {
  const secret = user === undefined ? [] : ['--user', user, '--pass', password]
  const server = await startServer({
    name: 'nats',
    command: 'nats-server',
    args: ({ folder, port }) => [
      ...['--addr', loopback, '--port', String(port)],
      ...['--jetstream', '--store_dir', folder, ...secret],
    ],
    // Its own greeting comes before JetStream has read its files; whoever asks then is told that nobody answers.
    answers: ({ port }) => converse(port, '', (greeting) => greeting.includes('"jetstream":true')),
  })
  const login = user === undefined ? '' : `${user}:${password}@`
  return Object.assign(server, { url: `nats://${login}${loopback}:${server.port}` })
}
