/**
 * cli: what a service answers and what it declares, told by its file alone.
 *
 *   prints GET     /teas/:id
 *   prints DELETE  /teas/:id
 *   prints tea promises 0.999
 *   prints exit code 2: error: unknown command 'rotues'
 *   ends
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const manifest = fileURLToPath(import.meta.resolve('genever/package.json'))
const { bin }: { bin: { genever: string } } = JSON.parse(readFileSync(manifest, 'utf8'))
const command = join(dirname(manifest), bin.genever)
const service = join(import.meta.dirname, 'service.ts')

console.log(genever('routes', service).stdout)

const declaration = JSON.parse(genever('inspect', service).stdout)
console.log(`${declaration.name} promises ${declaration.slo.availability}`)

const mistyped = genever('rotues', service)
console.log(`exit code ${mistyped.status}: ${mistyped.stderr}`)

function genever(...words: string[]) {
  return spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' })
}
