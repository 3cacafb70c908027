/** `genever routes FILE`: what a service answers, one line for each route. */
import type { Command } from 'commander'
import { loadService } from '../load-service.ts'

const help = `
Examples:
  $ genever routes src/main.ts
  GET   /orders/:id  readOrder
  POST  /orders      placeOrder

  $ genever routes src/main.ts --layers     with the middleware around each handler, outermost first`

export function configure(command: Command): void {
  command
    .argument('<file>', 'the file that makes the service, such as src/main.ts')
    .option('--layers', 'show the middleware of each route', false)
    .addHelpText('after', help)
    .action(routes)
}

async function routes(file: string, { layers }: { layers: boolean }): Promise<void> {
  const service = await loadService(file)
  const rows = service.declaration.routes.map(({ method, path, name, middleware }) => [
    method,
    path,
    name === `${method} ${path}` ? '' : name,
    layers ? middleware.join(' › ') : '',
  ])
  for (const line of columns(rows)) console.log(line)
  if (rows.length === 0) console.error(`'${service.name}' answers nothing yet; service.http.get(…) adds a route.`)
}

/** Pads the cells of each column to one width. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((wide, row) => row.map((cell, at) => Math.max(wide[at] ?? 0, cell.length)), [])
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
