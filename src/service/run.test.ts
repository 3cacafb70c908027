import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listen } from '../platform/listen.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import type { ProcessHost, StopSignal } from './process-host.ts'
import { run } from './run.ts'
import type { RunningService } from './running-service.ts'
import type { ServiceOptions } from './service-options.ts'
import { ServiceParts } from './service-parts.ts'

/** A process that a test signals, and that notes its exit instead of ending. */
class FakeHost implements ProcessHost {
  readonly env: ProcessHost['env']
  readonly exited: Promise<number>
  readonly exit: (code: number) => void
  signal: (signal: StopSignal) => void = () => {}
  reload: () => void = () => {}
  fail: (error: unknown) => void = () => {}

  constructor(env: ProcessHost['env'] = {}) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.env = { PORT: '0', ADMIN_PORT: '0', ...env }
    this.exited = promise
    this.exit = resolve
  }

  onStopSignal(listener: (signal: StopSignal) => void): void {
    this.signal = listener
  }
  onReloadSignal(listener: () => void): void {
    this.reload = listener
  }
  onUncaught(listener: (error: unknown) => void): void {
    this.fail = listener
  }
}

interface Logged {
  readonly parts: ServiceParts
  messages(): unknown[]
  /** The mode that it says it is ready in. */
  mode(): unknown
}

function serviceWith(options: Partial<ServiceOptions> = {}): Logged {
  const sink = new MemorySink()
  const parts = new ServiceParts({ name: 'orders', log: createJsonLogger({ sink }), ...options })
  return {
    parts,
    messages: () => sink.records.map(({ message }) => message),
    mode: () => sink.records.find(({ message }) => message === 'ready')?.mode,
  }
}

/** A request that never ends; resolves when its handler has it. */
async function hang(parts: ServiceParts, start: () => Promise<RunningService>): Promise<void> {
  const reached = Promise.withResolvers<void>()
  parts.app.get('/hang', () => {
    reached.resolve()
    return new Promise<never>(() => {})
  })
  const { url } = await start()
  fetch(`${url}/hang`).catch(() => {})
  await reached.promise
}

describe('run()', () => {
  it('says where it is ready, and exits 0 on SIGTERM', async () => {
    const { parts, messages } = serviceWith()
    const host = new FakeHost()
    const { url, adminUrl } = await run(parts, {}, host)
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal((await fetch(`${adminUrl}/readyz`)).status, 200)
    host.signal('SIGTERM')
    assert.equal(await host.exited, 0)
    assert.deepEqual(messages(), ['ready', 'stopping', 'stopped'])
  })

  it('tells every wrong setting at once, and exits 78', async () => {
    const { parts, messages } = serviceWith()
    const host = new FakeHost({ PORT: '99999', ENGINE: 'steam', LOG_LEVEL: 'loud' })
    await assert.rejects(run(parts, {}, host), { code: 'INVALID_CONFIG' })
    assert.equal(await host.exited, 78)
    const [told] = messages()
    for (const variable of ['PORT', 'ENGINE', 'LOG_LEVEL']) assert.match(String(told), new RegExp(variable))
  })

  it('takes settings from code where the environment says nothing', async () => {
    const { parts, mode } = serviceWith()
    const host = new FakeHost({ LOG_FORMAT: 'json', NODE_ENV: 'test' })
    await run(parts, { mode: 'production', host: '127.0.0.1', adminHost: '127.0.0.1' }, host)
    assert.equal(mode(), 'development')
    host.signal('SIGTERM')
    assert.equal(await host.exited, 0)
  })

  it('is in production in a pod that does not say', async () => {
    const { parts, mode } = serviceWith({ shutdown: { unreadyMs: 0 } })
    const host = new FakeHost({ KUBERNETES_SERVICE_HOST: '10.0.0.1', HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1' })
    await run(parts, {}, host)
    assert.equal(mode(), 'production')
    host.signal('SIGTERM')
    assert.equal(await host.exited, 0)
  })

  it('names an occupied port, and exits 1', async () => {
    const { parts, messages } = serviceWith()
    const taken = await listen({ handlers: { data() {} } })
    const host = new FakeHost({ PORT: String(taken.port) })
    await assert.rejects(run(parts, {}, host), { code: 'ADDRESS_IN_USE' })
    assert.equal(await host.exited, 1)
    assert.match(String(messages().at(-1)), new RegExp(`:${taken.port} is occupied`))
    await taken.close()
  })

  it('exits 1 within its time if a request hangs', async () => {
    const { parts, messages } = serviceWith({ shutdown: { graceMs: 2_000 } })
    const host = new FakeHost()
    await hang(parts, () => run(parts, {}, host))
    const startedMs = performance.now()
    host.signal('SIGTERM')
    assert.equal(await host.exited, 1)
    assert.ok(performance.now() - startedMs < 2_000)
    assert.ok(messages().includes('requests were dropped'))
  })

  it('exits 1 within its time if a component hangs', async () => {
    const hanging = { name: 'broker', stop: () => new Promise<void>(() => {}) }
    const { parts, messages } = serviceWith({ shutdown: { graceMs: 2_000 }, components: [hanging] })
    const host = new FakeHost()
    await run(parts, {}, host)
    host.signal('SIGTERM')
    assert.equal(await host.exited, 1)
    assert.ok(messages().includes('component did not stop'))
  })

  it('takes the echo of a signal for the same one, and a later signal for impatience', async () => {
    const { parts } = serviceWith({ shutdown: { graceMs: 60_000 } })
    const host = new FakeHost()
    await hang(parts, () => run(parts, {}, host))
    host.signal('SIGINT')
    host.signal('SIGTERM')
    const isRunning = Promise.race([host.exited, new Promise((resolve) => setTimeout(resolve, 600, 'running'))])
    assert.equal(await isRunning, 'running')
    host.signal('SIGTERM')
    assert.equal(await host.exited, 143)
  })

  it('stops in order and exits 1 after an error that nobody caught', async () => {
    const order: string[] = []
    const { parts, messages } = serviceWith({ components: [{ name: 'database', stop: () => void order.push('stop') }] })
    const host = new FakeHost()
    await run(parts, {}, host)
    host.fail(new Error('nobody caught this'))
    assert.equal(await host.exited, 1)
    assert.deepEqual(order, ['stop'])
    assert.ok(messages().includes('an error that nobody caught ends the process'))
  })

  it('gives a start up when it is told to stop, and exits 0', async () => {
    const order: string[] = []
    const waiting = {
      name: 'broker',
      start: (signal: AbortSignal) =>
        new Promise<void>((_, reject) => {
          order.push('start')
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    }
    const database = { name: 'database', stop: () => void order.push('stop') }
    const { parts } = serviceWith({ components: [database, waiting] })
    const host = new FakeHost()
    void run(parts, {}, host)
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    host.signal('SIGTERM')
    assert.equal(await host.exited, 0)
    assert.deepEqual(order, ['start', 'stop'])
  })

  it('says that SIGUSR2 does nothing for a service in one process', async () => {
    const { parts, messages } = serviceWith()
    const host = new FakeHost()
    await run(parts, {}, host)
    host.reload()
    assert.match(String(messages().at(-1)), /SIGUSR2 replaces workers/)
    host.signal('SIGTERM')
    await host.exited
  })
})
