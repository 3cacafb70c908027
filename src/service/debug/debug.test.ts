import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { runtimeName } from '../../platform/runtime.ts'
import { createJsonLogger } from '../../telemetry/json-logger.ts'
import { MemorySink } from '../../telemetry/sinks/memory.ts'
import { createService } from '../service.ts'
import type { ServiceSettings } from '../service-settings.ts'

const token = 'the-token-of-operators'
const bearer = `Bearer ${token}`
const isNode = runtimeName === 'node'

async function started(settings: Partial<ServiceSettings>) {
  const sink = new MemorySink()
  const service = createService({ name: 'orders', shutdown: { unreadyMs: 0 }, middleware: false })
  const running = await service.start({ ...settings, log: createJsonLogger({ sink }) })
  const ask = (path: string, headers: Record<string, string> = { authorization: bearer }) =>
    fetch(running.adminUrl + path, { headers: { connection: 'close', ...headers } })
  return { running, ask, sink }
}

describe('/debug on the admin port', () => {
  it('gives CPU profiles for pprof and for Chrome, and a line says who asked', async () => {
    const { running, ask, sink } = await started({ adminToken: token })
    const pprof = await ask('/debug/pprof/profile?seconds=0.2&by=ada')
    assert.equal(pprof.status, 200)
    assert.ok(gunzipSync(new Uint8Array(await pprof.arrayBuffer())).includes('nanoseconds'))
    const line = sink.records.find(({ message }) => message === 'a look inside was asked for')
    assert.deepEqual(
      [line?.by, line?.question, line?.seconds, line?.address, line?.pids],
      ['ada', 'cpu', 0.2, '127.0.0.1', [process.pid]],
    )
    const chrome = await ask('/debug/profile.cpuprofile?seconds=0.2')
    assert.ok(Array.isArray(((await chrome.json()) as { nodes: unknown }).nodes))
    await running.stop()
  })

  it('gives allocations where the runtime tells them, and says so where it does not', async () => {
    const { running, ask } = await started({ adminToken: token })
    for (const [path, word] of [
      ['/debug/pprof/heap?seconds=0.1', 'inuse_space'],
      ['/debug/pprof/allocs?seconds=0.1', 'alloc_space'],
    ] as const) {
      const answer = await ask(path)
      if (isNode) assert.ok(gunzipSync(new Uint8Array(await answer.arrayBuffer())).includes(word))
      else
        assert.deepEqual(
          [answer.status, ((await answer.json()) as { code: string }).code],
          [501, 'PROFILE_UNSUPPORTED'],
        )
    }
    await running.stop()
  })

  it('gives all of the heap as a file for Chrome, and leaves none behind', async () => {
    const { running, ask } = await started({ adminToken: token })
    const files = () => readdirSync(tmpdir()).filter((name) => /^genever-\w{6}$/.test(name)).length
    const before = files()
    const answer = await ask('/debug/heap.heapsnapshot')
    assert.equal(answer.status, 200)
    const { nodes, strings } = (await answer.json()) as { nodes: number[]; strings: string[] }
    assert.ok(nodes.length > 1_000 && strings.length > 100)
    assert.ok(files() <= before)
    await running.stop()
  })

  it('gives stalls and what is open, by process', async () => {
    const { running, ask } = await started({ adminToken: token })
    const stalls = (await (await ask('/debug/stalls?seconds=0.2&ms=60')).json()) as { pid: number; value: object }[]
    assert.deepEqual(
      stalls.map(({ pid, value }) => [pid, 'stalls' in value]),
      [[process.pid, true]],
    )
    const [held] = (await (await ask('/debug/handles')).json()) as { value: Record<string, unknown> }[]
    assert.equal('resources' in (held?.value ?? {}), isNode)
    assert.equal('descriptors' in (held?.value ?? {}), process.platform === 'linux')
    await running.stop()
  })

  it('streams how busy the process is', async () => {
    const { running, ask } = await started({ adminToken: token })
    const answer = await ask('/debug/runtime')
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    let text = ''
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.includes('\n\n')) break
    }
    const event = JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '{}') as Record<string, number>
    assert.equal(event.pid, process.pid)
    assert.ok(Number(event.residentBytes) > 1e6 && Number(event.cpus) >= 0 && Number(event.loop) <= 1, text)
    await running.stop()
  })

  it('has an index, as text and as a page', async () => {
    const { running, ask } = await started({ adminToken: token })
    assert.match(await (await ask('/debug/')).text(), new RegExp(`processes ${process.pid}.*/debug/pprof/profile`, 's'))
    const page = await ask('/debug/', { authorization: bearer, accept: 'text/html,*/*;q=0.8' })
    assert.match(await page.text(), /<a href="\/debug\/pprof\/profile\?seconds=30">/)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    await running.stop()
  })
})

describe('/debug is', () => {
  const path = '/debug/pprof/profile?seconds=0.1'
  const basic = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}` })
  const auth = { authorization: bearer }
  const rows: {
    settings: Partial<ServiceSettings>
    path: string
    headers: Record<string, string>
    status: number
    why: string
  }[] = [
    {
      settings: { adminToken: token },
      path,
      headers: { authorization: 'Bearer wrong' },
      status: 401,
      why: 'not the token',
    },
    { settings: { adminToken: token }, path: '/debug/', headers: {}, status: 401, why: 'the index, too' },
    {
      settings: { adminToken: token },
      path: '/debug/',
      headers: basic('x'),
      status: 200,
      why: 'as pprof and browsers send it',
    },
    {
      settings: { adminToken: token },
      path: '/debug/',
      headers: { authorization: `Basic ${Buffer.from(token).toString('base64')}` },
      status: 401,
      why: 'a name, no password',
    },
    { settings: {}, path, headers: auth, status: 403, why: 'no token is set' },
    {
      settings: { adminToken: token, profiles: 'off' },
      path,
      headers: auth,
      status: 404,
      why: 'off, as in production',
    },
    {
      settings: { adminToken: token },
      path: '/debug/pprof/profile?seconds=x',
      headers: auth,
      status: 400,
      why: 'no number',
    },
    {
      settings: { adminToken: token },
      path: '/debug/stalls?ms=1',
      headers: auth,
      status: 400,
      why: 'below what is measured',
    },
    {
      settings: { adminToken: token },
      path: `${path}&pid=1`,
      headers: auth,
      status: 400,
      why: 'none of our processes',
    },
    { settings: { adminToken: token }, path: `${path}&pid=${process.pid}`, headers: auth, status: 200, why: 'ours' },
    {
      settings: { adminToken: token, profilesNetworks: '10.0.0.0/8, private' },
      path: '/debug/',
      headers: auth,
      status: 403,
      why: 'from no allowed network',
    },
    {
      settings: { adminToken: token, profilesNetworks: 'loopback' },
      path: '/debug/',
      headers: auth,
      status: 200,
      why: 'from an allowed one',
    },
    {
      settings: { adminToken: token },
      path: '/debug/',
      headers: { ...basic('x'), 'sec-fetch-site': 'cross-site' },
      status: 403,
      why: "a page of another site has the browser send the user's password",
    },
  ]
  for (const { settings, path, headers, status, why } of rows) {
    it(`answered ${status} at ${path}: ${why}`, async () => {
      const { running, ask } = await started(settings)
      assert.equal((await ask(path, headers)).status, status)
      await running.stop()
    })
  }

  it('not there in production unless it is asked for', async () => {
    for (const [profiles, status] of [
      [undefined, 404],
      ['on', 200],
    ] as const) {
      const { running, ask } = await started({
        mode: 'production',
        adminToken: token,
        ...{ host: '127.0.0.1', adminHost: '127.0.0.1' },
        ...(profiles !== undefined && { profiles }),
      })
      assert.equal((await ask('/debug/')).status, status)
      await running.stop()
    }
  })
})
