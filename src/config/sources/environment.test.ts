import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { ConfigEntry } from '../config-source.ts'
import { type EnvironmentOptions, environmentSource } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-environment-'))
after(() => rmSync(folder, { recursive: true }))

async function load(options: EnvironmentOptions): Promise<readonly ConfigEntry[]> {
  return environmentSource(options).load(new AbortController().signal)
}

/** `{ path: value }` of what was read. */
async function values(options: EnvironmentOptions): Promise<Record<string, unknown>> {
  const entries = await load(options)
  return Object.fromEntries(
    entries.map((entry) => [entry.path.join('.'), 'value' in entry ? entry.value : entry.problem]),
  )
}

describe('the environment', () => {
  it('has settings behind the prefix and two underscores, one level for each pair', async () => {
    const env = {
      ORDERS__PORT: '1',
      ORDERS__DATABASE__POOL_SIZE: '2',
      ORDERS_PORT: '3',
      OTHER__PORT: '4',
      PATH: '/bin',
    }
    assert.deepEqual(await values({ prefix: 'ORDERS', env }), { PORT: '1', 'DATABASE.POOL_SIZE': '2' })
  })

  it('has those that are listed, and no others without a prefix', async () => {
    const env = { DATABASE_URL: 'x', HOME: '/root', A__B: 'c' }
    assert.deepEqual(await values({ variables: { DATABASE_URL: 'database.url' }, env }), { 'database.url': 'x' })
  })

  it('does not count what is empty or has an empty name', async () => {
    assert.deepEqual(await values({ prefix: 'A', env: { A__X: '', A__: '1', A__B____C: '2' } }), {})
  })

  it('lets a listed variable win over one with the prefix', async () => {
    const env = { A__PORT: '1', PORT: '2' }
    const entries = await load({ prefix: 'A', variables: { PORT: 'port' }, env })
    assert.equal(entries.at(-1)?.origin, 'PORT')
  })

  it('tells where a setting would stand', () => {
    const source = environmentSource({ prefix: 'ORDERS', variables: { DATABASE_URL: 'database.url' }, env: {} })
    assert.equal(source.placeOf?.(['database', 'poolSize']), 'ORDERS__DATABASE__POOL_SIZE')
    assert.equal(source.placeOf?.(['database', 'url']), 'DATABASE_URL')
    assert.equal(environmentSource({ env: {} }).placeOf?.(['a']), undefined)
  })
})

describe('a secret in a mounted file', () => {
  const file = join(folder, 'password')
  writeFileSync(file, '\ufeff two words \n')

  it('is read, without the newline at its end, and is a secret whatever its name', async () => {
    for (const options of [
      { prefix: 'A', env: { A__KEY_FILE: file } },
      { variables: { KEY: 'key' }, env: { KEY_FILE: file } },
    ]) {
      const [entry] = await load(options)
      assert.ok(entry?.kind === 'setting')
      assert.deepEqual([entry.value, entry.isSecret, entry.path.join('.').toLowerCase()], [' two words ', true, 'key'])
    }
  })

  it('must be readable, and the text of the variable is not repeated', async () => {
    const [entry] = await load({ prefix: 'A', env: { A__KEY_FILE: 'hunter2' } })
    assert.ok(entry?.kind === 'unreadable')
    assert.match(entry.problem, /ENOENT/)
    assert.ok(!entry.problem.includes('hunter2'))
  })

  it('cannot stand beside the variable itself', async () => {
    const [, fromFile] = await load({ variables: { KEY: 'key' }, env: { KEY: 'x', KEY_FILE: file } })
    assert.ok(fromFile?.kind === 'unreadable')
  })

  it('is not meant by a listed variable that ends in _FILE, nor by a setting named file', async () => {
    assert.deepEqual(
      await values({ variables: { READY: 'ready', READY_FILE: 'readyFile' }, env: { READY_FILE: '/x' } }),
      {
        readyFile: '/x',
      },
    )
    assert.deepEqual(await values({ prefix: 'A', env: { A__LOG__FILE: '/x' } }), { 'LOG.FILE': '/x' })
  })
})
