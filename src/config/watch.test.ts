/** Settings that follow real files: what operators, editors and Kubernetes do to them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { type Config, loadConfig } from './config.ts'
import { environmentSource } from './sources/environment.ts'
import { fileSource } from './sources/file.ts'

const root = mkdtempSync(join(tmpdir(), 'genever-config-'))
after(() => rmSync(root, { recursive: true }))

/** Two settings that are always written alike: a torn read would show them apart. */
const schema = z.object({ first: z.int(), second: z.int(), padding: z.string().optional() })
type Settings = z.output<typeof schema>

function yaml(version: number): string {
  return `first: ${version}\npadding: ${'x'.repeat(10_000)}\nsecond: ${version}\n`
}

/** The layout of a mounted ConfigMap: `app.yaml` leads through `..data`, which is swapped as a whole. */
function mount(folder: string, version: number): void {
  const versionFolder = join(folder, `..version-${version}`)
  mkdirSync(versionFolder)
  writeFileSync(join(versionFolder, 'app.yaml'), yaml(version))
  symlinkSync(versionFolder, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  rmSync(join(folder, `..version-${version - 1}`), { recursive: true, force: true })
}

function nextValue<T>(config: Config<T>): Promise<T> {
  return new Promise((resolve) => {
    const unsubscribe = config.onChange((value) => {
      unsubscribe()
      resolve(value)
    })
  })
}

const signal = new AbortController().signal

describe('settings follow', () => {
  it('a mounted ConfigMap, swap by swap, one snapshot for each', async () => {
    const folder = mkdtempSync(join(root, 'mount-'))
    mount(folder, 0)
    symlinkSync(join('..data', 'app.yaml'), join(folder, 'app.yaml'))
    const config = await loadConfig(schema, { sources: [fileSource(join(folder, 'app.yaml'))] })
    await config.start?.(signal)
    for (const version of [1, 2, 3]) {
      const next = nextValue(config)
      mount(folder, version)
      assert.equal((await next).first, version)
    }
    await config.stop?.(signal)
    assert.equal(config.snapshot.number, 4)
  })

  it('a secret that is rotated', async () => {
    const file = join(root, 'password')
    writeFileSync(file, 'one\n')
    const config = await loadConfig(z.object({ password: z.string() }), {
      sources: [environmentSource({ variables: { PASSWORD: 'password' }, env: { PASSWORD_FILE: file } })],
    })
    await config.start?.(signal)
    const next = nextValue(config)
    writeFileSync(`${file}-new`, 'two\n')
    renameSync(`${file}-new`, file)
    assert.equal((await next).password, 'two')
    await config.stop?.(signal)
  })

  it('a change that was made between loading and starting', async () => {
    const file = join(root, 'between.yaml')
    writeFileSync(file, yaml(1))
    const config = await loadConfig(schema, { sources: [fileSource(file)] })
    writeFileSync(file, yaml(2))
    const next = nextValue(config)
    await config.start?.(signal)
    assert.equal((await next).first, 2)
    await config.stop?.(signal)
  })
})

it('500 swaps, read all the while: no torn reading, no setting lost, each valid version applied at most once', async () => {
  const folder = mkdtempSync(join(root, 'swaps-'))
  mount(folder, 0)
  symlinkSync(join('..data', 'app.yaml'), join(folder, 'app.yaml'))
  const config = await loadConfig(schema, { sources: [fileSource(join(folder, 'app.yaml'))] })
  const seen: Settings[] = []
  config.onChange((value) => seen.push(value))
  for (let version = 1; version <= 500; version++) {
    const reloading = config.reload()
    mount(folder, version)
    await reloading
  }
  assert.equal(await config.reload().then(() => config.value.first), 500)
  const versions = seen.map(({ first }) => first)
  assert.deepEqual(
    versions,
    [...new Set(versions)].toSorted((a, b) => a - b),
  )
  assert.ok(seen.every(({ first, second }) => first === second))
  assert.equal(config.snapshot.number, seen.length + 1)
})
