/** However `npm start` is told to end, it ends with exit code 0 within ten seconds and leaves no process behind. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type NpmStart, npmStart } from './npm-start.ts'

const limitMs = 10_000
const allReady = /^gateway {2}http:\/\/127\.0\.0\.1:\d+$/m
const isLinux = process.platform === 'linux'

interface Row {
  readonly to: 'npm' | 'its group'
  readonly signals: readonly NodeJS.Signals[]
  readonly gapMs?: number
  readonly runtime?: 'bun' | 'node'
  readonly why: string
}

const rows: readonly Row[] = [
  { to: 'npm', signals: ['SIGTERM'], why: 'a supervisor' },
  { to: 'npm', signals: ['SIGINT'], runtime: 'node', why: 'a script that cancels' },
  { to: 'its group', signals: ['SIGINT'], why: 'Ctrl-C: npm passes on what the group has got already' },
  { to: 'its group', signals: ['SIGTERM'], runtime: 'node', why: 'a container that ends' },
  { to: 'npm', signals: ['SIGTERM', 'SIGTERM'], why: 'an impatient supervisor' },
  { to: 'its group', signals: ['SIGINT', 'SIGINT'], why: 'an impatient developer' },
  { to: 'its group', signals: ['SIGINT', 'SIGTERM'], gapMs: 20, runtime: 'node', why: 'while services drain' },
]

describe('npm start', { skip: !isLinux && 'it looks into /proc' }, () => {
  const data = mkdtempSync(join(tmpdir(), 'genever-start-'))
  after(() => rmSync(data, { recursive: true, force: true }))

  async function withStart(args: readonly string[], use: (start: NpmStart) => Promise<void>): Promise<void> {
    const start = npmStart({ args, data })
    try {
      await use(start)
    } finally {
      start.cleanUp()
    }
  }

  async function endsCleanly(start: NpmStart, begunMs: number): Promise<void> {
    assert.equal(await start.ended, 0, start.output())
    const tookMs = performance.now() - begunMs
    assert.ok(tookMs < limitMs, `it took ${Math.round(tookMs)} ms`)
    assert.deepEqual(start.survivors(), [], start.output())
  }

  for (const { to, signals, gapMs = 0, runtime = 'bun', why } of rows) {
    it(`ends on ${signals.join(' and ')} to ${to}, ${gapMs} ms apart, on ${runtime}: ${why}`, () =>
      withStart(['--runtime', runtime], async (start) => {
        await start.printed(allReady)
        assert.equal(start.survivors().filter(isService).length, 7, 'one process for each service')
        const begunMs = performance.now()
        for (const signal of signals) {
          process.kill(to === 'npm' ? start.pid : -start.pid, signal)
          await pause(gapMs)
        }
        await endsCleanly(start, begunMs)
      }))
  }

  it('ends when a service hangs, and lets the others drain', () =>
    withStart([], async (start) => {
      await start.printed(allReady)
      const gateway = start.survivors().find(({ commandLine }) => commandLine.endsWith('gateway/main.ts'))
      process.kill(gateway?.pid ?? 0, 'SIGSTOP')
      const begunMs = performance.now()
      process.kill(start.pid, 'SIGTERM')
      await endsCleanly(start, begunMs)
      for (const name of ['users', 'inventory', 'payments', 'points', 'notifications', 'orders']) {
        assert.match(start.output(), new RegExp(`${name} +│.*stopped .*clean=true`))
      }
    }))

  it('ends while services are still starting', () =>
    withStart([], async (start) => {
      await start.printed(/is starting/)
      const begunMs = performance.now()
      process.kill(start.pid, 'SIGTERM')
      await endsCleanly(start, begunMs)
    }))

  const killed = [
    { program: 'scripts/start.ts', runtime: 'bun', why: 'services notice that they are alone' },
    { program: 'scripts/start.ts', runtime: 'node', why: 'services notice that they are alone' },
    { program: 'npm start', runtime: 'bun', why: 'the orchestrator notices, and stops them in order' },
  ]
  for (const { program, runtime, why } of killed) {
    it(`leaves nobody behind on ${runtime} when ${program} is killed without a chance to clean up: ${why}`, () =>
      withStart(['--runtime', runtime], async (start) => {
        await start.printed(allReady)
        const begunMs = performance.now()
        const victim = start.survivors().find(({ commandLine }) => commandLine.includes(program))
        process.kill(victim?.pid ?? 0, 'SIGKILL')
        while (start.survivors().length > 0 && performance.now() - begunMs < limitMs) await pause(50)
        assert.deepEqual(start.survivors(), [])
      }))
  }

  for (const runtime of ['bun', 'node'] as const) {
    it(`ends by itself after the tour on ${runtime}`, () =>
      withStart(['--runtime', runtime, '--tour'], async (start) => {
        assert.equal(await start.ended, 0, start.output())
        assert.match(start.output(), /That was the tour/)
        assert.deepEqual(start.survivors(), [])
      }))
  }

  it('keeps what was ordered for the next run', async () => {
    const email = 'kept@example.com'
    const password = 'a long password'
    await withStart([], async (start) => {
      await start.printed(allReady)
      assert.equal(await ask(start, '/api/v1/users', { email, password, name: 'Kept' }), 201)
      process.kill(start.pid, 'SIGTERM')
      await start.ended
    })
    await withStart([], async (start) => {
      await start.printed(allReady)
      assert.equal(await ask(start, '/api/v1/sessions', { email, password }), 201)
      process.kill(start.pid, 'SIGTERM')
      await start.ended
    })
  })
})

function isService({ commandLine }: { commandLine: string }): boolean {
  return /(users|inventory|payments|points|notifications|orders|gateway)\/main\.ts$/.test(commandLine)
}

async function ask(start: NpmStart, path: string, body: object): Promise<number> {
  const [, gateway] = start.output().match(/^gateway {2}(http\S+)$/m) ?? []
  const answer = await fetch(`${gateway}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  return answer.status
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
