import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import type { ProcessExit } from '../platform/processes.ts'
import type { OrchestratorEvent } from './event.ts'
import type { Launch, LaunchOptions } from './launch.ts'
import { Orchestrator } from './orchestrator.ts'
import type { WorkspaceService } from './workspace.ts'

interface Launched {
  readonly options: LaunchOptions
  readonly signals: string[]
  exit(exit: Partial<ProcessExit>): void
}

/** Services whose processes are only noted, and which are ready as soon as the test says so. */
function fixture(
  services: readonly Pick<WorkspaceService, 'name' | 'needs'>[],
  { hangs = [] }: { hangs?: string[] } = {},
) {
  const clock = new ManualClock()
  const launched = new Map<string, Launched>()
  const ready = new Set<string>()
  const launch: Launch = async (options) => {
    const { promise, resolve } = Promise.withResolvers<ProcessExit>()
    const exit = (how: Partial<ProcessExit>): void => resolve({ code: undefined, signal: undefined, ...how })
    const signals: string[] = []
    launched.set(options.entry, { options, signals, exit })
    return {
      pid: launched.size,
      exited: promise,
      kill(signal = 'SIGTERM') {
        signals.push(signal)
        if (!hangs.includes(options.entry) || signal === 'SIGKILL') exit({ signal })
      },
    }
  }
  const orchestrator = new Orchestrator({
    workspace: {
      name: 'test',
      directory: '/test',
      runtime: undefined,
      services: services.map((service) => ({ ...service, entry: service.name, env: {}, port: undefined })),
      shared: [],
    },
    launch,
    probe: async (url) => {
      const owner = orchestrator.services.find((service) => url.startsWith(service.adminUrl))
      return owner !== undefined && ready.has(owner.name)
    },
    env: { INHERITED: 'yes', MISSING: undefined },
    clock,
  })
  const events: string[] = []
  orchestrator.onEvent((event: OrchestratorEvent) => {
    if (event.kind === 'state') events.push(`${event.service.name} ${event.service.state}`)
  })
  return { clock, launched, ready, orchestrator, events }
}

/** Turns the clock until `condition` holds, because ports are found in real time. */
async function until(clock: ManualClock, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await clock.advance(25)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** How long stopping takes on the clock. */
async function stopMs(orchestrator: Orchestrator, clock: ManualClock): Promise<number> {
  const startedMs = clock.monotonic()
  let isStopped = false
  void orchestrator.stop().then(() => {
    isStopped = true
  })
  await until(clock, () => isStopped)
  return clock.monotonic() - startedMs
}

const shop = [
  { name: 'users', needs: [] },
  { name: 'orders', needs: ['users'] },
  { name: 'gateway', needs: ['users', 'orders'] },
]

describe('Orchestrator', () => {
  it('starts each service when those it needs are ready, and resolves when all are', async () => {
    const { clock, launched, ready, orchestrator } = fixture(shop)
    const started = orchestrator.start()
    for (const [index, name] of ['users', 'orders', 'gateway'].entries()) {
      await until(clock, () => launched.has(name))
      assert.equal(launched.size, index + 1)
      ready.add(name)
    }
    await until(clock, () => orchestrator.services.every((service) => service.state === 'ready'))
    await started
    await orchestrator.stop()
  })

  it('tells every process where to listen and where the others are', async () => {
    const { clock, launched, orchestrator } = fixture([
      { name: 'user-accounts', needs: [] },
      { name: 'orders', needs: [] },
    ])
    void orchestrator.start()
    await until(clock, () => launched.size === 2)
    const [accounts, orders] = orchestrator.services
    const env = launched.get('orders')?.options.env
    assert.deepEqual(env, {
      INHERITED: 'yes',
      HOST: '127.0.0.1',
      PORT: new URL(orders?.url ?? '').port,
      ADMIN_PORT: new URL(orders?.adminUrl ?? '').port,
      ORDERS_URL: orders?.url,
      USER_ACCOUNTS_URL: accounts?.url,
    })
    await orchestrator.stop()
  })

  it('keeps addresses when a service is restarted', async () => {
    const { clock, launched, orchestrator } = fixture([{ name: 'orders', needs: [] }])
    void orchestrator.start()
    await until(clock, () => launched.size === 1)
    const first = launched.get('orders')
    orchestrator.restart('orders', 'orders/main.ts changed')
    await until(clock, () => launched.get('orders') !== first)
    assert.deepEqual(launched.get('orders')?.options.env, first?.options.env)
    assert.equal(orchestrator.services[0]?.restarts, 1)
    await orchestrator.stop()
  })

  it('stops first those that nobody needs', async () => {
    const { clock, launched, ready, orchestrator, events } = fixture(shop)
    void orchestrator.start()
    for (const { name } of shop) ready.add(name)
    await until(clock, () => launched.size === 3)
    events.length = 0
    await orchestrator.stop()
    assert.deepEqual(
      events.filter((event) => event.endsWith('stopped')),
      ['gateway stopped', 'orders stopped', 'users stopped'],
    )
  })

  it('kills a process that does not end, and leaves those that wait for it time to drain', async () => {
    const { clock, launched, ready, orchestrator } = fixture(shop, { hangs: ['gateway'] })
    void orchestrator.start()
    for (const { name } of shop) ready.add(name)
    await until(clock, () => launched.size === 3)
    assert.equal(await stopMs(orchestrator, clock), 4_800)
    assert.deepEqual(launched.get('gateway')?.signals, ['SIGTERM', 'SIGKILL'])
    assert.deepEqual(launched.get('users')?.signals, ['SIGTERM'])
  })

  it('kills all that is left when the time for everything is over', async () => {
    const { clock, launched, ready, orchestrator } = fixture(shop, { hangs: ['gateway', 'orders'] })
    void orchestrator.start()
    for (const { name } of shop) ready.add(name)
    await until(clock, () => launched.size === 3)
    assert.equal(await stopMs(orchestrator, clock), 8_000)
    assert.deepEqual(launched.get('orders')?.signals, ['SIGTERM', 'SIGKILL'])
    assert.deepEqual(launched.get('users')?.signals, ['SIGKILL'])
  })

  it('gives up waiting when the signal aborts, and launches nothing that was still waiting once it is stopped', async () => {
    const { clock, launched, orchestrator } = fixture(shop)
    const controller = new AbortController()
    const started = orchestrator.start(controller.signal)
    await until(clock, () => launched.size === 1)
    controller.abort(new Error('Ctrl-C'))
    await assert.rejects(started, /Ctrl-C/)
    await orchestrator.stop()
    assert.deepEqual([...launched.keys()], ['users'])
    assert.ok(orchestrator.services.every((service) => service.state === 'stopped'))
  })

  it('refuses to restart what it does not run', async () => {
    const { clock, launched, orchestrator } = fixture([{ name: 'orders', needs: [] }])
    orchestrator.restart('order', 'nothing is started yet')
    void orchestrator.start()
    await until(clock, () => launched.size === 1)
    assert.throws(() => orchestrator.restart('order', 'mistyped'), {
      code: 'UNKNOWN_SERVICE',
      message: /there are orders/,
    })
    await orchestrator.stop()
  })

  it('stops one service and starts it again, and keeps what it wrote', async () => {
    const { launched, ready, orchestrator, events } = fixture([{ name: 'users', needs: [] }])
    ready.add('users')
    await orchestrator.start()
    launched.get('users')?.options.onLine('stdout', 'hello')
    await orchestrator.stopService('users')
    assert.equal(orchestrator.services[0]?.state, 'stopped')
    assert.equal(await orchestrator.usage('users'), undefined)
    orchestrator.startService('users')
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(events, [
      'users starting',
      'users ready',
      'users stopping',
      'users stopped',
      'users starting',
      'users ready',
    ])
    assert.deepEqual(
      orchestrator.output('users').map(({ stream, text }) => [stream, text]),
      [['stdout', 'hello']],
    )
    await orchestrator.stop()
    orchestrator.startService('users')
    assert.equal(orchestrator.services[0]?.state, 'stopped', 'nothing starts after the end')
  })
})
