/** `genever warmup FILE`: starts the components of a service, runs its warm-up hooks and ends; for an init container. */
import type { Command } from 'commander'
import { loadService } from '../load-service.ts'

const help = `
No port is opened. It ends with 0 when every hook has, which makes it fit for an init container that fills caches
or prepares a database before the service itself starts:

  $ genever warmup src/main.ts`

export function configure(command: Command): void {
  command
    .argument('<file>', 'the file that makes the service, such as src/main.ts')
    .addHelpText('after', help)
    .action(warmup)
}

async function warmup(file: string): Promise<void> {
  const service = await loadService(file)
  await service.warmup()
  console.error(`'${service.name}' is warm.`)
}
