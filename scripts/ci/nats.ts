/** Builds the NATS server that tests talk to, with Go and from wherever this machine gets its modules: Debian's cannot sync each message. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../support/run.ts'
import { natsFolder, natsVersion } from '../systems/nats.ts'

const module = `github.com/nats-io/nats-server/v2@v${natsVersion}`
const args = [`GOBIN=${natsFolder}`, 'go', 'install', '-trimpath', '-ldflags=-s -w', module]
if (!existsSync(join(natsFolder, 'nats-server')) && !(await run('build NATS', 'env', args))) process.exitCode = 1
