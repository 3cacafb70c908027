/** `genever messages` and `genever sagas`, as a user runs them, against a running service and against its files. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunningService } from '../service/running-service.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { makeDesk } from './fixtures/desk.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const file = fileURLToPath(new URL('fixtures/desk-main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'genever-operator-'))
const token = 'the-token-of-operators'
const topic = 'orders.dead-letter'
let desk: ReturnType<typeof makeDesk>
let running: RunningService

before(async () => {
  desk = makeDesk(folder)
  running = await desk.service.start({ adminToken: token, log: noopLogger })
  for (const id of ['a1', 'a2', 'a3']) await desk.messages.publish(desk.placed, { id })
  for (const id of ['good', 'refused', 'stuck']) await desk.sagas.begin(desk.checkout, { card: id }, { id })
})
after(async () => {
  await running.stop()
  rmSync(folder, { recursive: true })
})

/** The service runs in this process, which must not be blocked meanwhile. */
function genever(words: string, env: NodeJS.ProcessEnv = {}) {
  const { FORCE_COLOR: _, ...rest } = process.env
  const port = new URL(running.adminUrl).port
  const all = { ...rest, NO_COLOR: '1', USER: 'ada', ADMIN_PORT: port, ADMIN_TOKEN: token, DESK_FOLDER: folder, ...env }
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, ...words.split(' ')], { env: all }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

async function until(words: string, says: RegExp): Promise<string> {
  const startedMs = performance.now()
  for (;;) {
    const { stdout, stderr } = await genever(words)
    if (says.test(stdout)) return stdout
    assert.ok(performance.now() - startedMs < 30_000, `'${words}' does not say ${says}: ${stdout}${stderr}`)
  }
}

describe('genever messages', () => {
  it('lists groups and dead letters, shows why they failed, replays and discards them', async () => {
    const list = await until('messages list', /^orders\.dead-letter {2}3 dead letters$/m)
    assert.match(list, /^orders +points +0 +0 +0 +3 +0 +3 +NO_ACCOUNT$/m)
    const { stdout } = await genever(`messages dead ${topic} --payload`)
    assert.match(
      stdout,
      /points +order\.placed +a2 +1× +NO_ACCOUNT: There is no account of a2\.\n {4}\{\n {6}"id": "a2"/,
    )
    const position = /^(\S+) .* a1 /m.exec(stdout)?.[1] ?? ''
    desk.state.isBroken = false
    assert.equal((await genever(`messages replay ${topic} ${position}`)).stdout, '1 replayed\n')
    assert.equal((await genever(`messages discard ${topic} --all --text a3`)).stdout, '1 discarded\n')
    const { letters } = JSON.parse((await genever(`messages dead ${topic} --json`)).stdout) as {
      letters: { key: string }[]
    }
    assert.deepEqual(
      letters.map(({ key }) => key),
      ['a2'],
    )
    assert.deepEqual(desk.state.handled, ['a1'])
  })
})

describe('genever sagas', () => {
  it('lists instances, draws one, and tries a stuck one again', async () => {
    await until('sagas list', /^good +checkout v1 +done[\s\S]*|^refused/m)
    assert.match((await genever('sagas show good')).stdout, /^✓ reserve ──▶ ✓ pay ──▶ ✓ ship$/m)
    const refused = await until('sagas show refused', /compensated/)
    assert.match(refused, /^✓ reserve ──▶ ✗ pay ──▶ · ship\n↩ undone$/m)
    assert.match(refused, /turned +CARD_REFUSED: The card was refused\.$/m)
    assert.match(await until('sagas show stuck', /undo fails/), /error +STOCK_AWAY: The stock is away\./)
    desk.state.isStockAway = false
    assert.match((await genever('sagas retry stuck')).stdout, /^stuck {2}is tried again$/m)
    await until('sagas list --status compensated', /^stuck /m)
  })

  const rows: { words: string; env?: NodeJS.ProcessEnv; status: number; says: RegExp; why: string }[] = [
    { words: 'messages', status: 2, says: /Examples:[\s\S]*genever messages replay/, why: 'help teaches' },
    { words: 'sagas --help', status: 0, says: /✓ reserve ──▶ ✗ pay/, why: 'and draws' },
    { words: `messages replay ${topic}`, status: 2, says: /or say --all/, why: 'which ones?' },
    { words: `messages replay ${topic} 1 --all`, status: 2, says: /or say --all/, why: 'one or the other' },
    {
      words: 'messages dead orders',
      status: 1,
      says: /those are orders\.dead-letter.*NO_DEAD_LETTERS/,
      why: 'no such topic',
    },
    { words: 'sagas show nobody', status: 1, says: /SAGA_NOT_FOUND/, why: 'there is none' },
    { words: 'sagas cancel good', status: 1, says: /it is done.*SAGA_OVER/, why: 'it is over' },
    { words: 'sagas list --status slow', status: 2, says: /Allowed choices/, why: 'no such status' },
    {
      words: 'messages list',
      env: { ADMIN_TOKEN: 'wrong' },
      status: 1,
      says: /UNAUTHENTICATED/,
      why: 'the wrong token',
    },
  ]
  for (const { words, env, status, says, why } of rows) {
    it(`${words} ends with ${status}: ${why}`, async () => {
      const outcome = await genever(words, env)
      assert.match(outcome.stdout + outcome.stderr, says)
      assert.equal(outcome.status, status)
    })
  }

  it('asks the database and the broker of a service that does not run, by its file', async () => {
    const env = { ADMIN_PORT: '1' }
    assert.match((await genever(`sagas show good --file ${file}`, env)).stdout, /✓ reserve ──▶ ✓ pay ──▶ ✓ ship/)
    const { stdout, stderr } = await genever(`messages dead ${topic} --file ${file}`, env)
    assert.match(stdout, /a2 +1× +NO_ACCOUNT/, stderr)
  })
})
