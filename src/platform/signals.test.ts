import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ProcessExit, spawnProcess } from './processes.ts'
import { currentRuntimeCommand } from './runtime-command.ts'
import type { SignalName } from './signals.ts'

const fixture = new URL('fixtures/signalled.ts', import.meta.url).pathname

async function run(act: string, signal?: SignalName): Promise<{ exit: ProcessExit; lines: string[] }> {
  const { command, args } = currentRuntimeCommand()
  const lines: string[] = []
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const onStdout = (line: string): void => {
    lines.push(line)
    resolve()
  }
  const child = await spawnProcess({ command, args: [...args, fixture, act, signal ?? ''], onStdout })
  await ready
  if (signal) child.kill(signal)
  return { exit: await child.exited, lines }
}

describe('onSignal', () => {
  const names: SignalName[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']
  for (const name of names) {
    it(`hands ${name} over instead of ending the process`, async () => {
      const { exit, lines } = await run('signal', name)
      assert.deepEqual(lines, ['ready', name])
      assert.deepEqual(exit, { code: 0, signal: undefined })
    })
  }

  it('lets the signal end the process again after unsubscribing', async () => {
    const { exit, lines } = await run('unsubscribed', 'SIGTERM')
    assert.deepEqual(lines, ['ready'])
    assert.deepEqual(exit, { code: undefined, signal: 'SIGTERM' })
  })
})

describe('onUncaught', () => {
  const acts = [
    { act: 'throw', says: 'Error: nobody catches this' },
    { act: 'reject', says: 'Error: nobody handles this' },
  ]
  for (const { act, says } of acts) {
    it(`is told of a ${act} and decides how the process ends`, async () => {
      const { exit, lines } = await run(act)
      assert.deepEqual(lines, ['ready', says])
      assert.deepEqual(exit, { code: 3, signal: undefined })
    })
  }
})
