import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { type ProcessOptions, type RunningProcess, spawnProcess } from './processes.ts'
import { type RuntimeName, runtimeName } from './runtime.ts'
import { currentRuntimeCommand, type RuntimeCommand, runtimeCommand } from './runtime-command.ts'

const fixture = new URL('fixtures/child.ts', import.meta.url).pathname

interface Observed {
  child: RunningProcess
  stdout: string[]
  stderr: string[]
  /** Resolves with the first line of the output. */
  firstLine: Promise<string>
}

async function start(
  act: string[],
  options: Partial<ProcessOptions> = {},
  runtime = currentRuntimeCommand(),
): Promise<Observed> {
  const stdout: string[] = []
  const stderr: string[] = []
  const { promise: firstLine, resolve } = Promise.withResolvers<string>()
  const child = await spawnProcess({
    command: runtime.command,
    args: [...runtime.args, fixture, ...act],
    onStdout: (line) => {
      stdout.push(line)
      resolve(line)
    },
    onStderr: (line) => stderr.push(line),
    ...options,
  })
  return { child, stdout, stderr, firstLine }
}

/** A zombie is dead: it only waits for its new parent to take notice. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !stat.includes(') Z ')
}

async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('spawnProcess', () => {
  it('delivers the output by lines and says how it ended', async () => {
    const { child, stdout, stderr } = await start(['lines'])
    assert.ok(child.pid > 0)
    assert.deepEqual(await child.exited, { code: 0, signal: undefined })
    assert.deepEqual(stdout, ['one', 'two ü', 'three', 'last without an end'])
    assert.deepEqual(stderr, ['a warning'])
  })

  it('gives it an environment and a folder', async () => {
    const { child, stdout } = await start(['environment'], {
      env: { GREETING: 'hello', HOME: undefined },
      cwd: tmpdir(),
    })
    await child.exited
    assert.deepEqual(stdout, ['{"GREETING":"hello"}', tmpdir()])
  })

  it('tells the exit code', async () => {
    const { child } = await start(['exit-7'])
    assert.deepEqual(await child.exited, { code: 7, signal: undefined })
  })

  it('tells the signal that ended it', async () => {
    const { child, firstLine } = await start(['family'])
    await firstLine
    child.kill()
    assert.deepEqual(await child.exited, { code: undefined, signal: 'SIGTERM' })
  })

  it('does not mind to kill what is over', async () => {
    const { child } = await start(['exit-7'])
    await child.exited
    child.kill()
  })

  it('lets the program handle a signal', async () => {
    const { child, stdout, firstLine } = await start(['stubborn'])
    await firstLine
    child.kill('SIGTERM')
    while (!stdout.includes('got SIGTERM')) await new Promise((resolve) => setTimeout(resolve, 10))
    child.kill('SIGKILL')
    assert.deepEqual(await child.exited, { code: undefined, signal: 'SIGKILL' })
  })

  const families = [
    { act: 'family', signal: 'SIGKILL', why: 'which the child cannot pass on' },
    { act: 'leaves-family', signal: undefined, why: 'a child that leaves by itself' },
  ] as const
  for (const { act, signal, why } of families) {
    it(`leaves no grandchild behind: ${why}`, async () => {
      const { child, firstLine } = await start([act])
      const grandchild = Number(await firstLine)
      if (signal) child.kill(signal)
      await child.exited
      await gone(grandchild)
    })
  }

  const runtimes: RuntimeName[] = ['bun', 'node']
  for (const name of runtimes) {
    it(`exchanges messages with a program on ${name}`, async () => {
      const command: RuntimeCommand = runtimeCommand(name)
      const messages: unknown[] = []
      const { promise: ready, resolve } = Promise.withResolvers<void>()
      const onMessage = (message: unknown): void => {
        messages.push(message)
        resolve()
      }
      const { child } = await start(['echo'], { onMessage }, command)
      await ready
      const large = { text: 'ü'.repeat(200_000), list: [1, null, true] }
      assert.equal(child.send(large), true)
      assert.equal(child.send('leave'), true)
      assert.deepEqual(await child.exited, { code: 0, signal: undefined })
      assert.ok(isDeepStrictEqual(messages, ['ready', { echo: large }, { echo: 'leave' }]))
      assert.equal(child.send('too late'), false)
    })
  }

  it('cannot send without a channel', async () => {
    const { child } = await start(['lines'])
    assert.equal(child.send('hello?'), false)
    await child.exited
  })

  const impossible = [
    { options: { command: '/no/such/program' }, message: /Cannot start \/no\/such\/program: there is no such program/ },
    { options: { cwd: '/no/such/folder' }, message: /in \/no\/such\/folder: there is no such program or folder/ },
    { options: { command: tmpdir() }, message: /EACCES/ },
  ]
  for (const { options, message } of impossible) {
    it(`says that it cannot start: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(start([], options), { name: 'ServiceError', code: 'SPAWN_FAILED', message })
    })
  }

  for (const act of ['orphan-with-channel', 'orphan']) {
    it(`a child notices that its parent was killed (${act})`, async () => {
      const { child, firstLine } = await start(['parent', act])
      const grandchild = Number(await firstLine)
      assert.ok(await isAlive(grandchild))
      child.kill('SIGKILL')
      await child.exited
      await gone(grandchild)
    })
  }
})

describe('the command of a runtime', () => {
  it('is the running one for its own name', () => {
    assert.deepEqual(runtimeCommand(runtimeName), currentRuntimeCommand())
    assert.equal(currentRuntimeCommand().command, process.execPath)
  })

  it('is found among the project’s packages for the other', () => {
    const other = runtimeName === 'bun' ? 'node' : 'bun'
    assert.match(runtimeCommand(other).command, other === 'bun' ? /bun[^/]*\/bin\/bun$/ : /node[^/]*\/bin\/node$/)
  })
})
