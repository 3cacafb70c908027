import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import type { ProcessExit } from '../platform/processes.ts'
import type { ServiceSnapshot } from './event.ts'
import type { LaunchedProcess } from './launch.ts'
import { ServiceRunner } from './service-runner.ts'

/** A process that does what the test says. */
class FakeProcess implements LaunchedProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  readonly exit: (exit: Partial<ProcessExit>) => void
  readonly signals: string[] = []
  becomeReady: () => void = () => {}
  readonly #endsOnTerminate: boolean

  constructor(pid: number, endsOnTerminate: boolean) {
    const { promise, resolve } = Promise.withResolvers<ProcessExit>()
    this.pid = pid
    this.exited = promise
    this.exit = (exit) => resolve({ code: undefined, signal: undefined, ...exit })
    this.#endsOnTerminate = endsOnTerminate
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.signals.push(signal)
    if (signal === 'SIGKILL') this.exit({ signal })
    else if (this.#endsOnTerminate) this.exit({ code: 0 })
  }
}

function fixture({ endsOnTerminate = true, launchFails = false } = {}) {
  const clock = new ManualClock()
  const processes: FakeProcess[] = []
  const changes: string[] = []
  const runner = new ServiceRunner({
    name: 'orders',
    url: 'http://127.0.0.1:1',
    adminUrl: 'http://127.0.0.1:2',
    launch: async () => {
      if (launchFails) throw new Error('Cannot start bun: there is no such program')
      const process = new FakeProcess(100 + processes.length, endsOnTerminate)
      processes.push(process)
      return process
    },
    untilReady: (signal) =>
      new Promise((resolve, reject) => {
        const process = processes.at(-1)
        if (process !== undefined) process.becomeReady = resolve
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
    onChange: ({ state }: ServiceSnapshot, note) => changes.push(note === undefined ? state : `${state}: ${note}`),
    graceMs: 8_000,
    clock,
  })
  const settle = (): Promise<void> => clock.advance(0)
  return { clock, processes, changes, runner, settle }
}

describe('ServiceRunner', () => {
  it('is ready once the probe says so', async () => {
    const { runner, processes, changes, settle } = fixture()
    assert.equal(runner.snapshot.state, 'waiting')
    runner.start()
    await settle()
    assert.equal(runner.snapshot.state, 'starting')
    processes[0]?.becomeReady()
    await runner.firstReady
    await settle()
    assert.deepEqual(changes, ['starting', 'ready'])
    assert.deepEqual(runner.snapshot, {
      name: 'orders',
      state: 'ready',
      pid: 100,
      url: 'http://127.0.0.1:1',
      adminUrl: 'http://127.0.0.1:2',
      restarts: 0,
      lastExit: undefined,
    })
  })

  it('starts a crashed process again after a growing delay', async () => {
    const { runner, processes, changes, clock, settle } = fixture()
    runner.start()
    await settle()
    for (const delayMs of [200, 400, 800]) {
      processes.at(-1)?.exit({ code: 1 })
      await settle()
      assert.equal(changes.at(-1), `crashed: exit code 1; it starts again in ${delayMs} ms`)
      const before = processes.length
      await clock.advance(delayMs - 1)
      assert.equal(processes.length, before)
      await clock.advance(1)
      assert.equal(processes.length, before + 1)
    }
    assert.equal(runner.snapshot.restarts, 3)
    assert.equal(runner.snapshot.lastExit, 'exit code 1')
  })

  it('forgets earlier crashes after ten healthy seconds', async () => {
    const { runner, processes, changes, clock, settle } = fixture()
    runner.start()
    await settle()
    processes[0]?.exit({ code: 1 })
    await clock.advance(200)
    await clock.advance(10_000)
    processes[1]?.exit({ code: 1 })
    await settle()
    assert.equal(changes.at(-1), 'crashed: exit code 1; it starts again in 200 ms')
  })

  it('drains the old process before it launches the new one', async () => {
    const { runner, processes, changes, settle } = fixture({ endsOnTerminate: false })
    runner.start()
    await settle()
    processes[0]?.becomeReady()
    await settle()
    runner.restart('orders/main.ts changed')
    await settle()
    assert.deepEqual(processes[0]?.signals, ['SIGTERM'])
    assert.equal(processes.length, 1)
    processes[0]?.exit({ code: 0 })
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(changes, ['starting', 'ready', 'stopping: orders/main.ts changed', 'starting'])
  })

  it('starts at once when a source changes during the back-off', async () => {
    const { runner, processes, changes, clock, settle } = fixture()
    runner.start()
    await settle()
    processes[0]?.exit({ code: 1 })
    await settle()
    runner.restart('corrected')
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(changes.at(-1), 'starting')
    assert.equal(clock.pendingTimers, 0)
  })

  it('takes two changes in a row for one restart', async () => {
    const { runner, processes, settle } = fixture({ endsOnTerminate: false })
    runner.start()
    await settle()
    runner.restart('first')
    runner.restart('second')
    processes[0]?.exit({ code: 0 })
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(processes[1]?.signals, [])
  })

  it('stops by asking, and stays stopped', async () => {
    const { runner, processes, changes, clock, settle } = fixture()
    runner.start()
    await settle()
    await runner.stop()
    assert.deepEqual(processes[0]?.signals, ['SIGTERM'])
    assert.deepEqual(changes, ['starting', 'stopping', 'stopped'])
    runner.restart('too late')
    runner.start()
    await clock.advance(60_000)
    assert.equal(processes.length, 1)
    assert.equal(clock.pendingTimers, 0)
  })

  it('kills a process that does not end in time', async () => {
    const { runner, processes, clock, settle } = fixture({ endsOnTerminate: false })
    runner.start()
    await settle()
    const stopped = runner.stop()
    await clock.advance(7_999)
    assert.deepEqual(processes[0]?.signals, ['SIGTERM'])
    await clock.advance(1)
    await stopped
    assert.equal(processes[0]?.signals[1], 'SIGKILL')
    assert.equal(runner.snapshot.lastExit, 'signal SIGKILL')
  })

  it('stops during the back-off without launching again', async () => {
    const { runner, processes, clock, settle } = fixture()
    runner.start()
    await settle()
    processes[0]?.exit({ code: 1 })
    await settle()
    await runner.stop()
    await clock.advance(60_000)
    assert.equal(processes.length, 1)
    assert.equal(runner.snapshot.state, 'stopped')
  })

  it('stops a process that was just being launched', async () => {
    const { runner, processes } = fixture()
    runner.start()
    await runner.stop()
    assert.deepEqual(processes[0]?.signals, ['SIGTERM'])
    assert.equal(processes.length, 1)
  })

  it('takes a launch that fails for a crash', async () => {
    const { runner, changes, settle } = fixture({ launchFails: true })
    runner.start()
    await settle()
    assert.deepEqual(changes, ['crashed: Cannot start bun: there is no such program; it starts again in 200 ms'])
    await runner.stop()
  })

  it('stops before it ever started', async () => {
    const { runner, processes } = fixture()
    await runner.stop()
    runner.start()
    assert.equal(processes.length, 0)
    assert.equal(runner.snapshot.state, 'stopped')
  })

  it('starts again when it is resumed after a stop', async () => {
    const { runner, processes, changes, settle } = fixture()
    runner.start()
    await settle()
    await runner.stop()
    runner.resume()
    await settle()
    processes[1]?.becomeReady()
    await settle()
    assert.deepEqual(changes, ['starting', 'stopping', 'stopped', 'starting', 'ready'])
    assert.equal(runner.snapshot.restarts, 1)
    await runner.stop()
    assert.equal(runner.snapshot.state, 'stopped')
  })

  it('launches one process when it is resumed while the old one still drains', async () => {
    const { runner, processes, changes, clock, settle } = fixture({ endsOnTerminate: false })
    runner.start()
    await settle()
    const stopped = runner.stop()
    runner.resume()
    await settle()
    assert.equal(processes.length, 1, 'the old one has the ports until it is gone')
    processes[0]?.exit({ code: 0 })
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(changes, ['starting', 'stopping', 'starting'])
    const again = runner.stop()
    await clock.advance(8_000)
    await Promise.all([stopped, again])
    assert.equal(processes.length, 2)
    assert.equal(runner.snapshot.state, 'stopped')
  })

  it('does not start what is stopped when its source changes', async () => {
    const { runner, processes, settle } = fixture()
    runner.start()
    await settle()
    await runner.stop()
    runner.restart('main.ts changed')
    await settle()
    assert.equal(processes.length, 1)
  })

  it('starts at once when it is resumed in the back-off', async () => {
    const { runner, processes, settle } = fixture()
    runner.start()
    await settle()
    processes[0]?.exit({ code: 1 })
    await settle()
    runner.resume()
    await settle()
    assert.equal(processes.length, 2)
    await runner.stop()
  })
})
