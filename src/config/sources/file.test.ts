import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { configFiles, type FileOptions, fileSource } from './file.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-file-'))
after(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function settings(path: string, options?: FileOptions): Promise<Record<string, unknown>> {
  const entries = await fileSource(path, options).load(new AbortController().signal)
  return Object.fromEntries(entries.map((entry) => [entry.origin.slice(path.length), 'value' in entry && entry.value]))
}

describe('a settings file', () => {
  const yaml = `# the orders service
database:
  url: db # a comment
  pool: 5
tags: [a, b]
none: null
empty: {}
`
  const expected = { ':database.url': 'db', ':database.pool': 5, ':tags': ['a', 'b'], ':none': null, ':empty': {} }

  it('is YAML', async () => assert.deepEqual(await settings(write('a.yaml', yaml)), expected))
  it('is YAML with the short extension', async () => assert.deepEqual(await settings(write('a.yml', yaml)), expected))
  it('is JSON', async () => {
    const json = '\ufeff{"database":{"url":"db","pool":5},"tags":["a","b"],"none":null,"empty":{}}'
    assert.deepEqual(await settings(write('a.json', json)), expected)
  })
  it('may be empty', async () => assert.deepEqual(await settings(write('empty.yaml', '# nothing yet\n')), {}))
  it('may be missing if it is optional', async () => {
    assert.deepEqual(await settings(join(folder, 'none.yaml'), { optional: true }), {})
  })

  const wrong: { name: string; text: string | undefined; problem: RegExp; why: string }[] = [
    { name: 'missing.yaml', text: undefined, problem: /no such file/, why: 'missing' },
    { name: 'list.yaml', text: '- hunter2', problem: /got a list/, why: 'a list' },
    { name: 'text.yaml', text: 'hunter2', problem: /got string/, why: 'plain text' },
    { name: 'indent.yaml', text: 'a: hunter2\n  b: "hunter2', problem: /line \d+, column \d+/, why: 'broken YAML' },
    { name: 'twice.yaml', text: 'a: hunter2\na: 2', problem: /line 2, column 1 \(DUPLICATE_KEY\)/, why: 'a key twice' },
    { name: 'bomb.yaml', text: bomb(), problem: /alias/i, why: 'aliases that multiply' },
    { name: 'broken.json', text: '{"password":"hunter2",}', problem: /./, why: 'broken JSON' },
  ]
  for (const { name, text, problem, why } of wrong) {
    it(`is refused without a word of what stands in it: ${why}`, async () => {
      const path = text === undefined ? join(folder, name) : write(name, text)
      await assert.rejects(settings(path), (error: Error) => {
        assert.match(error.message, problem)
        assert.ok(!error.message.includes('hunter2'), error.message)
        return true
      })
    })
  }

  it('must say by its name what it is', () => {
    assert.throws(
      () => fileSource('config.toml'),
      (error) => error instanceof ServiceError && error.code === 'BAD_CONFIG_FILE',
    )
  })
})

it('the files of an environment: the general one, then, if there is one, its own', async () => {
  const general = write('config.yaml', 'port: 1')
  write('config.production.yaml', 'port: 2')
  const sources = configFiles(general, 'production')
  assert.deepEqual(
    sources.map(({ name }) => name),
    [general, join(folder, 'config.production.yaml')],
  )
  const [, none] = configFiles(general, 'development')
  assert.deepEqual(await none?.load(new AbortController().signal), [])
})

/** Ten levels of ten aliases each. */
function bomb(): string {
  const levels = Array.from({ length: 10 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`)
  return `l0: &l0 x\n${levels.join('\n')}\n`
}
