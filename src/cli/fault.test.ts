import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FaultsView } from '../resilience/fault/fault-registry.ts'
import type { RunningService } from '../service/running-service.ts'
import { createService } from '../service/service.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const token = 'let-it-fail'
let running: RunningService

before(async () => {
  const service = createService({ name: 'orders' })
  service.http.get('/orders', (c) => c.text('none'))
  running = await service.start({ adminToken: token, log: noopLogger })
})
after(() => running.stop())

/** As a user would; the service runs in this process, which must not be blocked meanwhile. */
function fault(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { FORCE_COLOR: _, ...rest } = process.env
  const port = new URL(running.adminUrl).port
  const all = { ...rest, NO_COLOR: '1', USER: 'ada', ADMIN_PORT: port, ADMIN_TOKEN: token, ...env }
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, 'fault', ...words], { env: all }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('genever fault', () => {
  it('injects, lists and stops, and says by whom', async () => {
    const words = 'inject --error 502:BAD_LUCK --share 0.5 --route /orders --for 5m --reason rehearsal'.split(' ')
    assert.match((await fault(words)).stdout, /^f1 {2}orders {2}until \d{4}-/)
    const more = 'inject --latency 300~100 --calls inventory --header X-Canary=* --for 90s'.split(' ')
    assert.match((await fault(more)).stdout, /^f2 /)

    const { stdout } = await fault(['list'])
    assert.match(stdout, /^f1 {2}error 502 BAD_LUCK +50 % of requests \/orders +5m left {2}by ada$/m)
    assert.match(stdout, /^f2 {2}latency 300~100 ms +100 % of calls inventory x-canary=\* +\dm left {2}by ada$/m)
    const { active } = JSON.parse((await fault(['list', '--json'])).stdout) as FaultsView
    assert.deepEqual(
      active.map(({ effect, target, share, durationMs, reason }) => ({ effect, target, share, durationMs, reason })),
      [
        {
          effect: { kind: 'error', status: 502, code: 'BAD_LUCK' },
          target: { route: '/orders' },
          share: 0.5,
          durationMs: 300_000,
          reason: 'rehearsal',
        },
        {
          effect: { kind: 'latency', delay: { kind: 'normal', meanMs: 300, deviationMs: 100 } },
          target: { side: 'calls', upstream: 'inventory', headers: { 'x-canary': '*' } },
          share: undefined,
          durationMs: 90_000,
          reason: undefined,
        },
      ],
    )

    assert.equal((await fault(['stop', 'f1'])).stdout, 'f1  stopped\n')
    assert.equal((await fault(['stop', '--all'])).stdout, 'f2  stopped\n')
    const ended = await fault(['list'])
    assert.match(ended.stdout, /^f2 .*ended by ada {2}by ada$/m)
    assert.match(ended.stderr, /'orders' suffers no fault/)
  })

  const rows: { words: string; env?: NodeJS.ProcessEnv; status: number; says: RegExp; why: string }[] = [
    { words: '', status: 2, says: /Examples:[\s\S]*genever fault inject/, why: 'help teaches' },
    { words: 'inject --help', status: 0, says: /100\.\.500/, why: 'each command has its own' },
    { words: 'inject --abort', status: 2, says: /--for <duration>.*not specified/, why: 'nothing goes on for ever' },
    { words: 'inject --for 5m', status: 2, says: /say what goes wrong/, why: 'no effect' },
    { words: 'inject --for 5m --abort --error 500', status: 2, says: /by one of/, why: 'two effects' },
    { words: 'inject --for 5 --abort', status: 2, says: /500ms, 30s/, why: 'no unit' },
    { words: 'inject --for 5m --latency fast', status: 2, says: /Write milliseconds/, why: 'no number' },
    { words: 'inject --for 2h --abort', status: 1, says: /durationMs.*3600000.*BAD_FAULT/, why: 'the service says no' },
    {
      words: 'inject --for 1m --abort --service users',
      status: 1,
      says: /'orders'.*FAULT_ELSEWHERE/,
      why: 'a mistake',
    },
    { words: 'stop', status: 2, says: /or say --all/, why: 'which ones?' },
    { words: 'stop f99', status: 1, says: /UNKNOWN_FAULT/, why: 'there is none' },
    { words: 'list', env: { ADMIN_TOKEN: 'wrong' }, status: 1, says: /UNAUTHENTICATED/, why: 'the wrong token' },
    { words: 'list', env: { ADMIN_PORT: '1' }, status: 1, says: /CONNECT_FAILED/, why: 'nobody is there' },
  ]
  for (const { words, env, status, says, why } of rows) {
    it(`${words || 'alone'} ends with ${status}: ${why}`, async () => {
      const outcome = await fault(words.split(' ').filter(Boolean), env)
      assert.match(outcome.stdout + outcome.stderr, says)
      assert.equal(outcome.status, status)
    })
  }
})
