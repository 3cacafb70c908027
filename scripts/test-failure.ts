/**
 * `npm run test:failure -- NAME`: a whole failure campaign. `npm run test:real -- failure` runs the short form of each.
 *
 *   npm run test:failure -- lock                    each adapter, three seeds
 *   npm run test:failure -- lock redis --seed 7     one adapter, one seed
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, count: { type: 'string' } },
})
const [name = '', ...words] = positionals
const file = new URL(`../tests/failure/${name}/run.ts`, import.meta.url)
if (name === '' || !existsSync(file)) throw new Error(`There is no campaign '${name}'; see tests/failure/*/run.ts.`)
const { run } = (await import(file.href)) as { run: (request: CampaignRequest) => Promise<boolean> }
const seeds = values.seed === undefined ? [1, 2, 3] : [Number(values.seed)]
const isGood = await run({ words, seeds, count: values.count === undefined ? undefined : Number(values.count) })
console.log(isGood ? 'held' : 'BROKEN')
process.exitCode = isGood ? 0 : 1

export interface CampaignRequest {
  readonly words: readonly string[]
  readonly seeds: readonly number[]
  /** Faults to inject in all; undefined for as many as the campaign promises. */
  readonly count: number | undefined
}
