import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import type { ServiceSnapshot } from './event.ts'
import type { LaunchedProcess } from './launch.ts'
import { ServiceRunner } from './service-runner.ts'

/** A process that does what the test says. */
class FakeProcess implements LaunchedProcess {
  readonly pid: number
  readonly exited: Promise<string>
  readonly exit: (how: string) => void
  readonly asked: string[] = []
  becomeReady: () => void = () => {}
  #endsOnTerminate: boolean

  constructor(pid: number, endsOnTerminate: boolean) {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.pid = pid
    this.exited = promise
    this.exit = resolve
    this.#endsOnTerminate = endsOnTerminate
  }

  terminate(): void {
    this.asked.push('terminate')
    if (this.#endsOnTerminate) this.exit('exit code 0')
  }

  kill(): void {
    this.asked.push('kill')
    this.exit('signal SIGKILL')
  }
}

function fixture({ endsOnTerminate = true } = {}) {
  const clock = new ManualClock()
  const processes: FakeProcess[] = []
  const changes: string[] = []
  const runner = new ServiceRunner({
    name: 'orders',
    url: 'http://127.0.0.1:1',
    adminUrl: 'http://127.0.0.1:2',
    launch: () => {
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
    for (const delayMs of [200, 400, 800]) {
      processes.at(-1)?.exit('exit code 1')
      await settle()
      assert.equal(changes.at(-1), `crashed: exit code 1; starts again in ${delayMs} ms`)
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
    processes[0]?.exit('exit code 1')
    await clock.advance(200)
    await clock.advance(10_000)
    processes[1]?.exit('exit code 1')
    await settle()
    assert.equal(changes.at(-1), 'crashed: exit code 1; starts again in 200 ms')
  })

  it('drains the old process before it launches the new one', async () => {
    const { runner, processes, changes, settle } = fixture({ endsOnTerminate: false })
    runner.start()
    processes[0]?.becomeReady()
    await settle()
    runner.restart('orders/main.ts changed')
    await settle()
    assert.deepEqual(processes[0]?.asked, ['terminate'])
    assert.equal(processes.length, 1)
    processes[0]?.exit('exit code 0')
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(changes, ['starting', 'ready', 'stopping: orders/main.ts changed', 'starting'])
  })

  it('starts at once when a source changes during the back-off', async () => {
    const { runner, processes, changes, clock, settle } = fixture()
    runner.start()
    processes[0]?.exit('exit code 1')
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
    runner.restart('first')
    runner.restart('second')
    processes[0]?.exit('exit code 0')
    await settle()
    assert.equal(processes.length, 2)
    assert.deepEqual(processes[1]?.asked, [])
  })

  it('stops by asking, and stays stopped', async () => {
    const { runner, processes, changes, clock } = fixture()
    runner.start()
    await runner.stop()
    assert.deepEqual(processes[0]?.asked, ['terminate', 'kill'])
    assert.deepEqual(changes, ['starting', 'stopping', 'stopped'])
    runner.restart('too late')
    runner.start()
    await clock.advance(60_000)
    assert.equal(processes.length, 1)
    assert.equal(clock.pendingTimers, 0)
  })

  it('kills a process that does not end in time', async () => {
    const { runner, processes, clock } = fixture({ endsOnTerminate: false })
    runner.start()
    const stopped = runner.stop()
    await clock.advance(7_999)
    assert.deepEqual(processes[0]?.asked, ['terminate'])
    await clock.advance(1)
    await stopped
    assert.equal(processes[0]?.asked[1], 'kill')
    assert.equal(runner.snapshot.lastExit, 'signal SIGKILL')
  })

  it('stops during the back-off without launching again', async () => {
    const { runner, processes, clock, settle } = fixture()
    runner.start()
    processes[0]?.exit('exit code 1')
    await settle()
    await runner.stop()
    await clock.advance(60_000)
    assert.equal(processes.length, 1)
    assert.equal(runner.snapshot.state, 'stopped')
  })

  it('stops before it ever started', async () => {
    const { runner, processes } = fixture()
    await runner.stop()
    runner.start()
    assert.equal(processes.length, 0)
    assert.equal(runner.snapshot.state, 'stopped')
  })
})
