/**
 * Rolling restarts under load: nothing a client asked may be lost while services are replaced one after the other, by a
 * balancer that learns of it from `/readyz` only, every 500 ms, and never retries.
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Balancer } from './support/balancer.ts'
import { Load, type LoadReport } from './support/load.ts'
import { killAll, type Runtime, runtimes, type ServiceProcess, startService } from './support/service-process.ts'

/** `FAILURE_REQUESTS` makes it longer, for a campaign. */
const minRequests = Number(process.env.FAILURE_REQUESTS ?? 20_000)
const minRestarts = 4
/** Twice what the balancer needs to notice. */
const unreadyMs = 1_000
/** Of all workers of a set. */
const reloads = 1
const users = 64
const production = { NODE_ENV: 'production', UNREADY_MS: String(unreadyMs) }

after(killAll)

const sets = [
  { what: 'a service', env: {} },
  { what: 'a set of two workers', env: { WORKERS: '2' } },
  { what: 'a service on libc', env: { ENGINE: 'libc' } },
  { what: 'a set of two workers on libc', env: { ENGINE: 'libc', WORKERS: '2' } },
]

for (const runtime of runtimes) {
  describe(`rolling restarts on ${runtime}`, () => {
    for (const { what, env } of sets) {
      it(`of ${what} lose none of ${minRequests} requests`, { timeout: 120_000 + minRequests * 5 }, async (t) => {
        const { requests, failures, exits } = await restartUnderLoad(runtime, env)
        t.diagnostic(`${failures.length} failed of ${requests} requests over ${exits.length} restarts`)
        assert.deepEqual(failures.slice(0, 5), [])
        assert.ok(requests >= minRequests && exits.length >= minRestarts)
        assert.deepEqual(new Set(exits), new Set([0]))
      })
    }

    it('of the workers of one service, on SIGUSR2, lose nothing either', { timeout: 120_000 }, async (t) => {
      const { requests, failures, exits } = await reloadUnderLoad(runtime)
      t.diagnostic(`${failures.length} failed of ${requests} requests over ${reloads} reloads`)
      assert.deepEqual(failures.slice(0, 5), [])
      assert.deepEqual(new Set(exits), new Set([0]))
    })
  })
}

interface RestartReport extends LoadReport {
  readonly exits: readonly (number | null)[]
}

async function restartUnderLoad(runtime: Runtime, env: Readonly<Record<string, string>>): Promise<RestartReport> {
  const start = (): Promise<ServiceProcess> => startService('busy', runtime, { ...production, ...env })
  const balancer = await Balancer.start()
  const living = [await addReady(balancer, start), await addReady(balancer, start)]
  const load = busyLoad(balancer.port)
  const exits: (number | null)[] = []
  while (load.requests < minRequests || exits.length < minRestarts) {
    living.push(await addReady(balancer, start))
    const oldest = living.shift()
    if (oldest === undefined) break
    exits.push((await oldest.stop()).code)
    balancer.remove(oldest)
  }
  const report = await load.stop()
  await balancer.close()
  await Promise.all(living.map((service) => service.stop()))
  return { ...report, exits }
}

/** No balancer: clients talk to the port that the workers share. */
async function reloadUnderLoad(runtime: Runtime): Promise<RestartReport> {
  const service = await startService('busy', runtime, { ...production, WORKERS: '2' })
  await service.untilReady()
  const load = busyLoad(service.port)
  for (let done = 0; done < reloads; done++) {
    service.signal('SIGUSR2')
    await service.untilPrinted('the workers are replaced', done + 1)
  }
  const report = await load.stop()
  const { code } = await service.stop()
  return { ...report, exits: [code] }
}

function busyLoad(port: number): Load {
  return new Load({
    port,
    users,
    thinkMs: 20,
    request: (number) => ({ path: `/work/${number}`, body: `done ${number}` }),
  })
}

/** Resolves when connections are handed to it. */
async function addReady(balancer: Balancer, start: () => Promise<ServiceProcess>): Promise<ServiceProcess> {
  const service = await start()
  await service.untilReady()
  const before = balancer.readyCount
  balancer.add(service)
  while (balancer.readyCount <= before) await sleep(50)
  return service
}
