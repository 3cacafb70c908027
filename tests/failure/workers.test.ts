/** Workers that die, and a supervisor that does: the others serve, one leads, nothing is left behind. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpConnection } from './support/http-client.ts'
import { Load } from './support/load.ts'
import { killAll, type Runtime, runtimes, type ServiceProcess, startService } from './support/service-process.ts'

const users = 32

interface Who {
  readonly pid: number
  readonly leads: boolean
}

after(killAll)

async function startedSet(runtime: Runtime, engine: string): Promise<ServiceProcess> {
  const env = { NODE_ENV: 'production', UNREADY_MS: '0', WORKERS: '2', ENGINE: engine }
  const service = await startService('busy', runtime, env)
  await service.untilReady()
  return service
}

for (const runtime of runtimes) {
  for (const engine of ['sockets', 'libc']) {
    describe(`workers of the ${engine} engine on ${runtime}`, { timeout: 60_000 }, () => {
      it('go on when one is killed, which takes only its own requests along; another leads, a new one comes', async (t) => {
        const service = await startedSet(runtime, engine)
        const [first, second] = await bothWorkers(service)
        const leader = first.leads ? first : second
        const other = first.leads ? second : first
        assert.deepEqual([leader.leads, other.leads], [true, false])

        const load = new Load({ ...work, port: service.port, users })
        await sleep(300)
        process.kill(leader.pid, 'SIGKILL')
        // Its connections break when it is gone, which a busy machine takes a while for.
        while (isAlive(leader.pid)) await sleep(10)
        await sleep(100)
        const before = load.failureCount
        await sleep(1_500)
        const { requests, failures } = await load.stop()
        t.diagnostic(`${failures.length} of ${requests} requests were under way in the worker that was killed`)
        assert.ok(before <= users, `${before} failed`)
        assert.deepEqual(failures.slice(before), [])

        const workers = await bothWorkers(service)
        const leaders = workers.filter(({ leads }) => leads)
        assert.deepEqual(leaders, [{ pid: other.pid, leads: true }])
        assert.ok(workers.every(({ pid }) => pid !== leader.pid))
        assert.equal((await service.stop()).code, 0)
      })

      it('count together, and what a dead one counted stays', async () => {
        const service = await startedSet(runtime, engine)
        for (let asked = 0; asked < 40; asked++) await ask(service)
        assert.equal(await countOf(service), 40)
        const [{ pid }] = await bothWorkers(service)
        const before = await countOf(service)
        process.kill(pid, 'SIGKILL')
        await sleep(500)
        assert.ok((await countOf(service)) >= before)
        await service.stop()
      })

      it('end with a supervisor that is killed, and free the port', async () => {
        const service = await startedSet(runtime, engine)
        const workers = await bothWorkers(service)
        service.signal('SIGKILL')
        await service.exited
        const deadlineMs = performance.now() + 6_000
        while (workers.some(({ pid }) => isAlive(pid))) {
          assert.ok(performance.now() < deadlineMs, 'a worker outlived its supervisor')
          await sleep(50)
        }
        await assert.rejects(HttpConnection.open(service.port), /ECONNREFUSED/)
      })

      it('stop together on SIGTERM, each with its requests done', async () => {
        const service = await startedSet(runtime, engine)
        const workers = await bothWorkers(service)
        const connections = await Promise.all(Array.from({ length: 8 }, () => HttpConnection.open(service.port)))
        const answers = Promise.all(connections.map((connection) => connection.get('/slow/1000')))
        await sleep(300)
        const exit = service.stop()
        for (const { body } of await answers) assert.equal(body, '0,1,2,3,4,5,6,7,8,9,')
        assert.equal((await exit).code, 0)
        assert.ok(!workers.some(({ pid }) => isAlive(pid)))
      })
    })
  }
}

const work = {
  thinkMs: 10,
  request: (number: number) => ({ path: `/work/${number}`, body: `done ${number}` }),
}

async function ask({ port }: ServiceProcess): Promise<Who> {
  const connection = await HttpConnection.open(port)
  const { body } = await connection.get('/who')
  connection.close()
  return JSON.parse(body)
}

/** Asks until both have answered: it is the kernel that chooses. */
async function bothWorkers(service: ServiceProcess): Promise<[Who, Who]> {
  const seen = new Map<number, Who>()
  const deadlineMs = performance.now() + 10_000
  while (seen.size < 2) {
    for (const who of await Promise.all(Array.from({ length: 8 }, () => ask(service)))) seen.set(who.pid, who)
    assert.ok(performance.now() < deadlineMs, `only ${seen.size} of 2 workers answer`)
  }
  const [first, second] = [...seen.values()]
  assert.ok(first !== undefined && second !== undefined && seen.size === 2)
  return [first, second]
}

async function countOf({ adminUrl }: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  return Number(/^http_requests_total\{[^}]*route="\/who"[^}]*\} (\d+)$/m.exec(text)?.[1])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
