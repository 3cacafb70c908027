import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunningService } from '../../service/running-service.ts'
import { createService } from '../../service/service.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
let running: RunningService

before(async () => {
  const service = createService({ name: 'orders', slo: { availability: 0.9 } })
  service.http.get('/good', (c) => c.noContent())
  service.http.get('/bad', (c) => c.noContent(503))
  running = await service.start({ log: noopLogger })
})
after(() => running.stop())

/** As a pipeline would; the service runs in this process, which must not be blocked meanwhile. */
function gate(words: readonly string[]) {
  const { FORCE_COLOR: _, PROMETHEUS_URL: __, ...env } = process.env
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, 'gate', ...words], { env: { ...env, NO_COLOR: '1' } }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

async function ask(path: string, times: number): Promise<void> {
  for (let at = 0; at < times; at++) await (await fetch(running.url + path)).arrayBuffer()
}

describe('genever gate slo', () => {
  it('says nothing, pass or fail by the numbers of a running service', async () => {
    const admin = ['slo', '--admin', running.adminUrl]
    await ask('/good', 99)
    const undecided = await gate(admin)
    assert.deepEqual([undecided.status, undecided.stdout.trim().split('\n').at(-1)], [2, 'undecided'])

    await ask('/good', 1)
    const passed = await gate(admin)
    assert.equal(
      passed.stdout,
      'pass  orders  availability  0 of 100 requests were bad: 0 times the budget, 1 allowed\npass\n',
    )
    assert.equal(passed.status, 0)

    await ask('/bad', 20)
    const failed = await gate([...admin, '--json'])
    const { verdict, services } = JSON.parse(failed.stdout)
    assert.deepEqual([failed.status, verdict, services[0].service], [1, 'fail', 'orders'])
    assert.match(services[0].objectives[0].reason, /^20 of 120 requests were bad: 1\.6667 times the budget/)
    assert.equal((await gate([...admin, '--max-burn-rate', '2'])).status, 0)
  })

  it('watches a service for a while, and what was before does not count', async () => {
    await ask('/bad', 50)
    const watching = gate(['slo', '--admin', running.adminUrl, '--window', '2s', '--min-requests', '10'])
    const endMs = performance.now() + 4_000
    let verdict: Awaited<typeof watching> | undefined
    void watching.then((outcome) => {
      verdict = outcome
    })
    while (verdict === undefined && performance.now() < endMs + 20_000) await ask('/good', 5)
    const outcome = await watching
    assert.equal(outcome.status, 0, outcome.stdout + outcome.stderr)
    assert.match(outcome.stdout, /^pass {2}orders {2}availability {2}0 of \d+ requests/)
  })

  const rows: { words: string[]; status: number; says: RegExp; why: string }[] = [
    { words: [], status: 2, says: /slo.*do the promises/, why: 'which gate?' },
    { words: ['slo', '--help'], status: 0, says: /Exit codes: 0 pass, 1 fail, 2 no verdict/, why: 'help teaches' },
    { words: ['slo'], status: 2, says: /--prometheus URL, or --admin URL/, why: 'nobody to ask' },
    { words: ['slo', '--admin', 'http://127.0.0.1:1'], status: 2, says: /CONNECT_FAILED/, why: 'nobody answers' },
    {
      words: [
        'slo',
        fileURLToPath(new URL('../fixtures/promises.ts', import.meta.url)),
        '--prometheus',
        'http://127.0.0.1:1',
      ],
      status: 2,
      says: /CONNECT_FAILED/,
      why: 'no Prometheus there: what is not known lets nothing through',
    },
  ]
  for (const { words, status, says, why } of rows) {
    it(`${['gate', ...words].join(' ').slice(0, 40)} ends with ${status}: ${why}`, async () => {
      const outcome = await gate(words)
      assert.match(outcome.stdout + outcome.stderr, says)
      assert.equal(outcome.status, status)
    })
  }

  it('takes what is no answer of a Prometheus for no verdict', async () => {
    const file = fileURLToPath(new URL('../fixtures/promises.ts', import.meta.url))
    const outcome = await gate(['slo', file, '--prometheus', running.adminUrl])
    assert.match(outcome.stderr, /BAD_QUERY_RESULT|PROMETHEUS_FAILED/)
    assert.equal(outcome.status, 2)
  })
})
