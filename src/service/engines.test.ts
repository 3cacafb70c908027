import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { missingLibc } from '../platform/libc/libc-skip.fixture.ts'
import { runtimeName } from '../platform/runtime.ts'
import { currentRuntimeCommand } from '../platform/runtime-command.ts'

const without = await missingLibc()
const fixture = new URL('fixtures/usable-engine.ts', import.meta.url).pathname

interface Outcome {
  readonly engine: string
  readonly warnings: readonly { readonly message: string; readonly reason: string; readonly advice: string }[]
}

/** What a process with these flags would run. */
async function outcomeWith(flags: readonly string[]): Promise<Outcome> {
  const { command, args } = currentRuntimeCommand()
  const { stdout } = await promisify(execFile)(command, [...args, ...flags, fixture])
  return JSON.parse(stdout)
}

describe('the libc engine of a service', () => {
  it('runs where its self-test passes, and the process ends when it is closed', { skip: without }, async () => {
    assert.deepEqual(await outcomeWith([]), { engine: 'libc', warnings: [] })
  })

  const refusals = [
    { flags: ['--no-experimental-ffi'], reason: /has no node:ffi/, why: 'FFI is off' },
    {
      flags: ['--permission', '--allow-fs-read=*', '--allow-net'],
      reason: /--allow-ffi/,
      why: 'permissions forbid it',
    },
  ]
  for (const { flags, reason, why } of refusals) {
    it(`gives way to sockets where ${why}, and says so`, { skip: without || runtimeName === 'bun' }, async () => {
      const { engine, warnings } = await outcomeWith(flags)
      assert.equal(engine, 'sockets')
      assert.equal(warnings.length, 1)
      assert.match(warnings[0]?.message ?? '', /libc engine does not run here; sockets runs instead/)
      assert.match(warnings[0]?.reason ?? '', reason)
      assert.match(warnings[0]?.advice ?? '', /ENGINE=sockets/)
    })
  }
})
