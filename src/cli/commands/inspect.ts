/** `genever inspect FILE`: what a service declares, as JSON; nothing is started and no environment is read. */
import type { Command } from 'commander'
import { loadService } from '../load-service.ts'

const help = `
The declaration is what everything else is computed from: probes, manifests, alerts, the release gate.
It alone goes to standard output, so it can be piped:

  $ genever inspect src/main.ts
  $ genever inspect src/main.ts | jq '.routes[].path'`

export function configure(command: Command): void {
  command
    .argument('<file>', 'the file that makes the service, such as src/main.ts')
    .addHelpText('after', help)
    .action(inspect)
}

async function inspect(file: string): Promise<void> {
  const service = await loadService(file)
  console.log(JSON.stringify(service.declaration, null, 2))
}
