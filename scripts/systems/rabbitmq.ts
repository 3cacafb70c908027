/**
 * A RabbitMQ server of its own (Debian package `rabbitmq-server`), with an `epmd` of its own: Erlang would start one for the whole
 * machine and leave it behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { converse } from './converse.ts'
import { freePort } from './free-port.ts'
import { loopback, missingCommand, type ServerPlace, type System, startServer } from './server-process.ts'

export interface RabbitmqSystem extends System {
  readonly url: string
}

const program = '/usr/lib/rabbitmq/bin/rabbitmq-server'

export const rabbitmqMissing: string | false = missingCommand(program, 'rabbitmq-server')

/** Both in one process group, which ends as one; told to end, RabbitMQ first. */
const script = `
epmd -address "$ERL_EPMD_ADDRESS" -port "$ERL_EPMD_PORT" & epmd=$!
"$0" & rabbit=$!
trap 'kill -TERM $rabbit' TERM
while kill -0 $rabbit 2>/dev/null; do wait $rabbit; done
kill $epmd
`

export async function startRabbitmq(): Promise<RabbitmqSystem> {
  const [epmdPort, distributionPort] = [await freePort(), await freePort()]
  const server = await startServer({
    name: 'rabbitmq',
    command: 'env',
    args: (place) => [...environment(place, epmdPort, distributionPort), 'sh', '-c', script, program],
    prepare,
    // Its networking begins when everything else is there. A protocol that it does not know is answered with the one it does.
    answers: ({ port }) => converse(port, 'HELLOAMQP', (answer) => answer.startsWith('AMQP')),
    startTimeoutMs: 240_000,
  })
  return Object.assign(server, { url: `amqp://${loopback}:${server.port}` })
}

async function prepare({ folder, port }: ServerPlace): Promise<void> {
  for (const name of ['mnesia', 'log', 'home']) mkdirSync(`${folder}/${name}`)
  writeFileSync(`${folder}/enabled_plugins`, '[].\n')
  const settings = [
    `listeners.tcp.1 = ${loopback}:${port}`,
    'log.console = true',
    'log.console.level = error',
    // A disk that is nearly full is somebody else's test.
    'disk_free_limit.absolute = 50MB',
  ]
  writeFileSync(`${folder}/rabbitmq.conf`, `${settings.join('\n')}\n`)
}

function environment({ folder, port }: ServerPlace, epmdPort: number, distributionPort: number): string[] {
  const values = {
    HOME: `${folder}/home`,
    RABBITMQ_NODENAME: `genever-${port}@localhost`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_DIST_PORT: String(distributionPort),
    // Threads that have nothing to do sleep at once, for the sake of the tests beside it.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +A 4 +sbwt none +sbwtdcpu none +sbwtdio none',
    ERL_EPMD_ADDRESS: loopback,
    ERL_EPMD_PORT: String(epmdPort),
    // Its starter makes itself the server's process, and no parent that waits.
    detached: 'true',
  }
  return Object.entries(values).map(([name, value]) => `${name}=${value}`)
}
