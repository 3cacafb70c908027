/**
 * What SQLite says is committed is on the disk: the system calls of a process that commits, as strace sees them.
 *
 *   pwrite64(… -wal) ─▶ fdatasync(… -wal) = 0 ─▶ write(1, "committed 7")
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missingCommand } from '../../../scripts/systems/server-process.ts'

const fixture = fileURLToPath(new URL('commit.fixture.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'genever-durable-'))
after(() => rmSync(folder, { recursive: true }))

describe('a commit on SQLite', { skip: missingCommand('strace', 'strace') }, () => {
  it('is acknowledged after the disk has it, in a transaction and without', () => {
    const { acknowledged, early } = observe('durable')
    assert.deepEqual({ acknowledged, early }, { acknowledged: 20, early: [] })
  })

  it('would be seen to come too early, if it did', () => {
    const { acknowledged, early } = observe('careless')
    assert.equal(acknowledged, 20)
    assert.ok(early.length >= 19, `only ${early.length} of 20 were seen`)
  })
})

function observe(how: 'durable' | 'careless'): { acknowledged: number; early: string[] } {
  const calls = join(folder, `${how}.calls`)
  const strace = ['-f', '-y', '-s', '40', '-e', 'trace=write,pwrite64,fsync,fdatasync', '-o', calls]
  const program = [process.execPath, fixture, join(folder, `${how}.db`), how]
  const { status, stderr, stdout } = spawnSync('strace', [...strace, ...program], { encoding: 'utf8', timeout: 60_000 })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^committed 20$/m)
  return acknowledgements(readFileSync(calls, 'utf8'))
}

/** `early`: acknowledgements before which something was written to the log of the database and not yet synchronised. */
function acknowledgements(calls: string): { acknowledged: number; early: string[] } {
  const early: string[] = []
  let acknowledged = 0
  let isOnDisk = false
  for (const line of wholeCalls(calls)) {
    if (/\bpwrite64\(\d+<[^>]*-wal>/.test(line)) isOnDisk = false
    else if (/\bf(?:data)?sync\(\d+<[^>]*-wal>\)\s*= 0/.test(line)) isOnDisk = true
    const [, said] = /\bwrite\(1<[^>]*>, "(committed \d+)/.exec(line) ?? []
    if (said === undefined) continue
    acknowledged++
    if (!isOnDisk) early.push(said)
    // The next one needs a synchronisation of its own.
    isOnDisk = false
  }
  return { acknowledged, early }
}

/** A call that another thread's came between stands in two lines: they are one, at the place where it ended. */
function wholeCalls(calls: string): string[] {
  const begun = new Map<string, string>()
  return calls.split('\n').map((line) => {
    const [, thread = '', begin] = /^(\d+)\s+(.*) <unfinished \.\.\.>$/.exec(line) ?? []
    if (begin !== undefined) {
      begun.set(thread, begin)
      return ''
    }
    const [, of = '', end] = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? []
    return end === undefined ? line : `${of} ${begun.get(of) ?? ''}${end}`
  })
}
