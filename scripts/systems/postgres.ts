/** A PostgreSQL server of its own (Debian package `postgresql`). User `postgres`, database `postgres`, no password on loopback. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { loopback, missingCommand, type System, startServer } from './server-process.ts'
import { unprivilegedUser } from './system-user.ts'

export interface PostgresSystemOptions {
  /** Default: a free one. */
  port?: number
  /** More of its configuration, such as `{ max_connections: '20' }`. */
  settings?: Readonly<Record<string, string>>
}

export interface PostgresSystem extends System {
  readonly url: string
}

const binaries = newestBinaries('/usr/lib/postgresql')

export const postgresMissing: string | false = missingCommand(join(binaries, 'postgres'), 'postgresql')

export async function startPostgres({ port, settings = {} }: PostgresSystemOptions = {}): Promise<PostgresSystem> {
  const user = unprivilegedUser('postgres')
  const configuration = {
    listen_addresses: loopback,
    // A kill loses nothing that the kernel has; only the machine's own end would, and no test ends the machine.
    fsync: 'off',
    max_prepared_transactions: '64',
    ...settings,
  }
  const server = await startServer({
    name: 'postgres',
    command: join(binaries, 'postgres'),
    port,
    user,
    // Fast: it does not wait for clients to leave.
    stopSignal: 'SIGINT',
    prepare: async ({ folder }) => {
      const how = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
      await runCommand(join(binaries, 'initdb'), ['-D', join(folder, 'data'), ...how], user)
    },
    args: (place) => [
      ...['-D', join(place.folder, 'data'), '-k', place.folder, '-p', String(place.port)],
      ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    answers: async (place) => {
      const who = ['-h', loopback, '-p', String(place.port), '-U', 'postgres', '-d', 'postgres', '-t', '1']
      await runCommand(join(binaries, 'pg_isready'), who)
    },
  })
  return Object.assign(server, { url: `postgres://postgres@${loopback}:${server.port}/postgres` })
}

/** Debian keeps each major version in a folder of its own. */
function newestBinaries(root: string): string {
  const versions = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : []
  return join(root, String(Math.max(0, ...versions)), 'bin')
}
