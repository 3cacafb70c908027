/** Where the project keeps what every peer uses. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pathTo = (place: string): string => fileURLToPath(new URL(`../../../${place}`, import.meta.url))

/** The project's own runtimes, so that peers on Node.js and Bun run on the ones that Genever runs on. */
export const runtimes = { node: pathTo('node_modules/.bin/node'), bun: pathTo('node_modules/.bin/bun') } as const

/** What every peer finds in its environment. */
export const peerEnv = {
  NODE_ENV: 'production',
  GITHUB_ROUTES: pathTo('benchmarks/scenarios/github-routes.txt'),
} as const

/** Where a peer is built: each has a folder of its own below the harness's cache. */
export const builtIn = (cache: string, name: string): string => join(cache, 'peers', name)

/** What peers in JavaScript import as `../shared.mjs`. */
export const sharedModule: string = pathTo('benchmarks/peers/shared.mjs')
