/**
 * How long the checker takes for a typed route and for an operation of a contract, 50 against 500.
 *
 *   node scripts/type-speed.ts             prints the table, exit code 1 beyond the limit
 *
 * Programs are generated into `.genever/type-speed/`, and what the same program with neither route nor contract costs is
 * taken off. Every generated handler reads what its schemas made of the request, as real ones do. The limit is put to the
 * checker's own counts of the work, instantiations and types, which are the same on every machine and in every run; the time
 * stands beside it, the fastest of a few.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const rounds = 2
/** 500 may cost at most twice as much for each as 50. */
const maxRatio = 2

const project = join(import.meta.dirname, '..')
const folder = join(project, '.genever', 'type-speed')
const compiler = join(project, 'node_modules', '.bin', 'tsc')

const imports = `
import { z } from 'zod'
import { defineApi, del, get, post } from '../../../src/api/define-api.ts'
import { client } from '../../../src/client/client.ts'
import { createApp } from '../../../src/http/app.ts'

export const app = createApp()
export { client, defineApi, del, get, post, z }
`

function route(n: number): string {
  return `
const Item${n} = z.object({ id: z.string(), size${n}: z.number(), tags: z.array(z.string()), at: z.iso.datetime().optional() })
const New${n} = z.object({ sku: z.string().min(1), quantity: z.int().min(1).max(100), note${n}: z.string().optional() })
app.post(
  '/area${n}/:owner/items/:item',
  { query: z.object({ page${n}: z.int().default(1) }), body: New${n}, responses: { 201: Item${n}, 409: z.object({ code: z.string() }) } },
  (c) => {
    const owner: string = c.params.owner + c.params.item + c.body.sku
    return c.json({ id: owner, size${n}: c.body.quantity + c.query.page${n}, tags: [c.body.note${n} ?? ''] }, 201)
  },
)
`
}

function contract(n: number): string {
  return `
const Thing${n} = z.object({ id: z.string(), size${n}: z.number() })
const api${n} = defineApi({
  place: post('/things${n}', { body: Thing${n}, responses: { 201: Thing${n}, 409: z.object({ code: z.string() }) } }),
  read: get('/things${n}/:id', { responses: { 200: Thing${n}, 404: null } }),
  cancel: del('/things${n}/:id/parts/:part', { responses: { 204: null } }),
  watch: get('/things${n}/:id/events', { stream: Thing${n} }),
})
app.implement(api${n}, {
  place: (c) => c.json({ id: c.body.id, size${n}: c.body.size${n} }, 201),
  read: (c) => c.json({ id: c.params.id, size${n}: 1 }),
  cancel: (c) => c.noContent(c.params.part.length),
  watch: (c) => c.sse((async function* () { yield { id: c.params.id, size${n}: 1 } })()),
})
export async function call${n}(): Promise<number> {
  const things = client(api${n}, { service: 'things' })
  const { id } = await things.place({ body: { id: 'x', size${n}: 1 } })
  const answer = await things.place.raw({ body: { id, size${n}: 2 } })
  await things.cancel({ params: { id, part: 7 } })
  for await (const event of things.watch({ params: { id } })) if (event.size${n} > 2) break
  return answer.status === 201 ? answer.body.size${n} : answer.body.code.length
}
`
}

function repeat(count: number, part: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => part(n)).join('')
}

interface Program {
  readonly name: string
  readonly kind: 'routes' | 'operations'
  readonly count: number
  readonly text: string
}

const programs: readonly Program[] = [
  { name: 'routes-50', kind: 'routes', count: 50, text: repeat(50, route) },
  { name: 'routes-500', kind: 'routes', count: 500, text: repeat(500, route) },
  // Four to a contract, so 52 are the fewest above 50.
  { name: 'operations-50', kind: 'operations', count: 52, text: repeat(13, contract) },
  { name: 'operations-500', kind: 'operations', count: 500, text: repeat(125, contract) },
]

const settings = JSON.stringify({ extends: '../../../tsconfig.json', include: ['main.ts'], exclude: [] })

function generate(name: string, text: string): string {
  const place = join(folder, name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'main.ts'), imports + text)
  writeFileSync(join(place, 'tsconfig.json'), settings)
  return place
}

interface Cost {
  /** Of checking, without reading, parsing and binding; on one thread, so that the work is counted. */
  readonly ms: number
  readonly instantiations: number
  readonly types: number
}

function check(place: string): Cost {
  const output = execFileSync(compiler, ['-p', place, '--extendedDiagnostics', '--singleThreaded'], {
    encoding: 'utf8',
  })
  const seconds = /Check time:\s+([\d.]+)s/.exec(output)?.[1]
  const instantiations = /Instantiations:\s+(\d+)/.exec(output)?.[1]
  const types = /Types:\s+(\d+)/.exec(output)?.[1]
  if (seconds === undefined || instantiations === undefined || types === undefined)
    throw new Error(`tsc told no cost:\n${output}`)
  return { ms: Number(seconds) * 1000, instantiations: Number(instantiations), types: Number(types) }
}

function cheapest(costs: readonly Cost[]): Cost {
  return costs.reduce((best, cost) => (cost.ms < best.ms ? cost : best))
}

rmSync(folder, { recursive: true, force: true })
const sources = [{ name: 'none', text: '' }, ...programs]
const places = sources.map(({ name, text }) => [name, generate(name, text)] as const)
const costs = new Map(
  places.map(([name, place]) => [name, cheapest(Array.from({ length: rounds }, () => check(place)))]),
)
rmSync(folder, { recursive: true, force: true })

function costOf(name: string): Cost {
  return costs.get(name) ?? { ms: Number.NaN, instantiations: Number.NaN, types: Number.NaN }
}

/** What each of the program's routes or operations adds. */
function perOne({ name, count }: Program): Cost {
  const [base, cost] = [costOf('none'), costOf(name)]
  return {
    ms: (cost.ms - base.ms) / count,
    instantiations: (cost.instantiations - base.instantiations) / count,
    types: (cost.types - base.types) / count,
  }
}

for (const program of programs) {
  const { ms, instantiations, types } = perOne(program)
  const figures = [`${instantiations.toFixed(0)} instantiations`, `${types.toFixed(0)} types`, `${ms.toFixed(2)} ms`]
  console.log(
    `${String(program.count).padStart(4)} ${program.kind.padEnd(10)} ${figures.map((text) => text.padStart(20)).join('')}   for each`,
  )
}
let worst = 0
for (const kind of ['routes', 'operations']) {
  const [few, many] = programs.filter((program) => program.kind === kind).map(perOne)
  if (few === undefined || many === undefined) throw new Error(`no two programs of ${kind}`)
  const ratio = (part: keyof Cost): string => (many[part] / few[part]).toFixed(2)
  console.log(
    `500 ${kind} to 50, each: instantiations ${ratio('instantiations')}, types ${ratio('types')}, at most ${maxRatio}; time ${ratio('ms')}`,
  )
  worst = Math.max(worst, many.instantiations / few.instantiations, many.types / few.types)
}
process.exitCode = worst <= maxRatio ? 0 : 1
