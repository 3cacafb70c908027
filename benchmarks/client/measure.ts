/**
 * What a call costs its caller, in this runtime: microseconds of CPU time for one GET whose answer is read as JSON. Prints JSON.
 *
 *   node measure.ts PEERS URL       rounds are interleaved, the best of each case counts
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineApi, get } from 'genever'
import { client, HttpClient, upstreamOf } from 'genever/client'
import { breaker, retry, timeout } from 'genever/resilience'
import { z } from 'zod'

type Ask = () => Promise<unknown>

/** What is used of the package in `peers.mjs`. */
interface Peers {
  undici: {
    Pool: new (
      origin: string,
      options: object,
    ) => {
      request(options: object): Promise<{ body: { json(): Promise<unknown> } }>
      close(): Promise<void>
    }
  }
}

const [, , peers = '.', url = ''] = process.argv
const rounds = 7
const callsInRound = 3_000
const { undici }: Peers = await import(pathToFileURL(join(peers, 'peers.mjs')).href)
const api = defineApi({ ping: get('/ping', { responses: { 200: z.object({ message: z.string() }) } }) })
const http = new HttpClient()
const pool = new undici.Pool(url, { connections: 64 })
const plain = client(api, { url, policies: [] })
const protectedByDefault = client(api, { url })
const own = client(api, { url, policies: [retry(), breaker(), timeout()] })
const target = `${url}/ping`

const cases: readonly [name: string, ask: Ask][] = [
  ['fetch of the runtime', async () => (await fetch(target)).json()],
  ['undici Pool.request', async () => (await pool.request({ path: '/ping', method: 'GET' })).body.json()],
  ['Genever HttpClient', async () => JSON.parse(await (await http.request(target)).text())],
  ['Genever client(api), no policies', () => plain.ping()],
  ['Genever client(api), default policies', () => protectedByDefault.ping()],
  ['Genever client(api), retry, breaker, timeout', () => own.ping()],
]
const loads = [1, 64]

const best = cases.map(() => loads.map(() => ({ cpuUs: Number.POSITIVE_INFINITY, perSecond: 0 })))
for (let round = 0; round < rounds; round++) {
  for (const [at, [, ask]] of cases.entries()) {
    for (const [load, concurrent] of loads.entries()) {
      const { cpuUs, perSecond } = await measured(ask, concurrent)
      const known = best[at]?.[load]
      if (known === undefined) continue
      known.cpuUs = Math.min(known.cpuUs, cpuUs)
      known.perSecond = Math.max(known.perSecond, perSecond)
    }
  }
}
console.log(JSON.stringify(cases.map(([name], at) => ({ name, loads: best[at] }))))
http.close()
for (const each of [plain, protectedByDefault, own]) upstreamOf(each).close()
await pool.close()
process.exit(0)

async function measured(ask: Ask, concurrent: number): Promise<{ cpuUs: number; perSecond: number }> {
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  let left = callsInRound
  const caller = async (): Promise<void> => {
    while (left-- > 0) await ask()
  }
  await Promise.all(Array.from({ length: concurrent }, caller))
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { cpuUs: (user + system) / callsInRound, perSecond: callsInRound / seconds }
}
