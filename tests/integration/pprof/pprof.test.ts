/** `go tool pprof` (Go, or Debian package `golang-go`) fetches profiles from a running service by itself, as operators do. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ServiceProcess } from '../../support/service-process.ts'

const file = fileURLToPath(new URL('busy-service.ts', import.meta.url))
const token = 'the-token-of-operators'
const folder = mkdtempSync(join(tmpdir(), 'genever-pprof-'))
const started: ServiceProcess[] = []
afterEach(async () => {
  for (const service of started.splice(0)) await service.stop()
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function start(runtime: 'node' | 'bun', workers = 1): Promise<ServiceProcess> {
  const service = await ServiceProcess.start({
    runtime,
    file,
    env: { ADMIN_TOKEN: token, WORKERS: String(workers) },
  })
  started.push(service)
  return service
}

/** What it prints of the profile at `path`; the token goes along as password. */
async function pprof(service: ServiceProcess, path: string, format: '-top' | '-tags' = '-top'): Promise<string> {
  const url = new URL(path, service.adminUrl)
  url.username = 'operator'
  url.password = token
  const env = { ...process.env, PPROF_TMPDIR: folder, HOME: process.env.HOME ?? folder }
  const child = spawn('go', ['tool', 'pprof', format, url.href], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (piece: Buffer) => {
    text += piece
  })
  let complaints = ''
  child.stderr.on('data', (piece: Buffer) => {
    complaints += piece
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  assert.equal(code, 0, complaints)
  return text
}

function withToken(service: ServiceProcess, path: string): Promise<Response> {
  return fetch(service.adminUrl + path, { headers: { authorization: `Bearer ${token}` } })
}

/** Asks for work on new connections, so that each worker gets some, until `done`; gives the processes that did it. */
async function keepBusy(service: ServiceProcess, done: Promise<unknown>): Promise<ReadonlySet<number>> {
  const pids = new Set<number>()
  let isOver = false
  void done
    .finally(() => {
      isOver = true
    })
    .catch(() => {})
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!isOver) pids.add(await workOnNewConnection(`${service.url}/work`))
    }),
  )
  return pids
}

function workOnNewConnection(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: new Agent({ keepAlive: false }) }, (answer) => {
      let text = ''
      answer.on('data', (piece: Buffer) => {
        text += piece
      })
      answer.on('end', () => resolve((JSON.parse(text) as { pid: number }).pid))
    }).on('error', reject)
  })
}

describe('go tool pprof', { timeout: 300_000 }, () => {
  for (const runtime of ['node', 'bun'] as const) {
    it(`reads the CPU profile of a service on ${runtime}`, async () => {
      const service = await start(runtime)
      const reading = pprof(service, '/debug/pprof/profile?seconds=1')
      await keepBusy(service, reading)
      const text = await reading
      assert.match(text, /Type: cpu/)
      assert.match(text, /\n +[\d.]+m?s +[\d.]+% .* useTheProcessor\n/)
    })
  }

  it('reads who holds memory and who allocates, of a service on node', async () => {
    const service = await start('node')
    for (const [path, type] of [
      ['/debug/pprof/heap?seconds=1', 'inuse_space'],
      ['/debug/pprof/allocs?seconds=1', 'alloc_space'],
    ] as const) {
      const reading = pprof(service, path)
      await keepBusy(service, reading)
      const text = await reading
      assert.match(text, new RegExp(`Type: ${type}`))
      assert.match(text, /B +[\d.]+% .* keepMemory\n/)
    }
  })

  for (const runtime of ['node', 'bun'] as const) {
    it(`reads all workers of a service on ${runtime} at once, or the one that was chosen`, async () => {
      const service = await start(runtime, 2)
      const index = await (await withToken(service, '/debug/')).text()
      const pids = /processes (\d+), (\d+)/.exec(index)?.slice(1).map(Number) ?? []
      assert.equal(pids.length, 2, index)

      const reading = pprof(service, '/debug/pprof/profile?seconds=2', '-tags')
      const served = await keepBusy(service, reading)
      assert.deepEqual([...served].sort(), pids.sort())
      const tags = await reading
      for (const pid of pids) assert.ok(tags.includes(String(pid)), `${pid} in ${tags}`)

      const [chosen, other] = pids
      const one = pprof(service, `/debug/pprof/profile?seconds=1&pid=${chosen}`, '-tags')
      await keepBusy(service, one)
      assert.ok((await one).includes(String(chosen)) && !(await one).includes(String(other)))

      const snapshot = await withToken(service, '/debug/heap.heapsnapshot')
      assert.equal(snapshot.status, 400, 'of several processes one must be chosen')
      const chosenSnapshot = await withToken(service, `/debug/heap.heapsnapshot?pid=${other}`)
      assert.ok(((await chosenSnapshot.json()) as { nodes: number[] }).nodes.length > 1_000)

      const stalling = withToken(service, '/debug/stalls?seconds=1&ms=20')
      await keepBusy(service, stalling)
      const stalls = (await (await stalling).json()) as {
        pid: number
        value: { stalls: { stacks: { frames: string[] }[] }[] }
      }[]
      assert.deepEqual(stalls.map(({ pid }) => pid).sort(), pids)
      assert.ok(JSON.stringify(stalls).includes('useTheProcessor'))

      const stream = await withToken(service, '/debug/runtime')
      let events = ''
      for await (const piece of stream.body ?? []) {
        events += Buffer.from(piece).toString()
        if (pids.every((pid) => events.includes(`"pid":${pid}`))) break
      }
    })
  }
})
