/** A MariaDB server of its own (Debian package `mariadb-server`). User `root` without a password, database `test`. */
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { loopback, missingCommand, type System, startServer } from './server-process.ts'
import { unprivilegedUser } from './system-user.ts'

export interface MariadbSystemOptions {
  /** Default: a free one. */
  port?: number
  /** More of its configuration, such as `{ 'max-connections': '20' }`. */
  settings?: Readonly<Record<string, string>>
}

export interface MariadbSystem extends System {
  readonly url: string
}

export const mariadbMissing: string | false = missingCommand('mariadbd', 'mariadb-server')

export async function startMariadb({ port, settings = {} }: MariadbSystemOptions = {}): Promise<MariadbSystem> {
  const user = unprivilegedUser('mysql')
  const server = await startServer({
    name: 'mariadb',
    command: '/usr/sbin/mariadbd',
    port,
    user,
    prepare: async ({ folder }) => {
      const how = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db']
      await runCommand('mariadb-install-db', [...how, `--datadir=${join(folder, 'data')}`], user)
    },
    args: ({ folder, port }) => [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--bind-address=${loopback}`,
      `--port=${port}`,
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=64M',
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ],
    answers: async ({ port }) => {
      const who = ['--no-defaults', '--protocol=tcp', '-h', loopback, '-P', String(port), '-u', 'root']
      await runCommand('mariadb', [...who, '-e', 'CREATE DATABASE IF NOT EXISTS test'])
    },
  })
  return Object.assign(server, { url: `mysql://root@${loopback}:${server.port}/test` })
}
