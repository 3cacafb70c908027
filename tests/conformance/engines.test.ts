/** The matrix in docs/reference/engines.md against what the engines do on the running runtime. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { missingLibc } from '../../src/platform/libc/libc-skip.fixture.ts'
import { runtimeName, runtimeVersion } from '../../src/platform/runtime.ts'
import { libcEngine } from '../../src/wire/engines/libc.ts'
import { nativeEngine } from '../../src/wire/engines/native.ts'
import { socketsEngine } from '../../src/wire/engines/sockets.ts'
import {
  hasLlhttpCases,
  keyOf,
  llhttpCases,
  type Observations,
  type Observed,
  observe,
  observeEngines,
} from './engines/observe.ts'
import { situations } from './engines/situations.ts'
import { readColumn } from './engines/table.ts'

const page = readFileSync(new URL('../../docs/reference/engines.md', import.meta.url), 'utf8')
const observedVersions = /Node\.js (?<node>\d+)\.[\d.]+ and Bun (?<bun>\d+)\.[\d.]+/.exec(page)?.groups
const majorVersion = runtimeVersion.split('.')[0]
const missing = 'the third-party cases are not beside the project, at ../shared/conformance/http1/llhttp.jsonl'

const engines = { sockets: socketsEngine, native: nativeEngine, libc: libcEngine } as const
const withoutLibc = await missingLibc()

describe('the page about engines', () => {
  // Begun at once and awaited by each test, because a hook has less time than this takes on a busy machine.
  const observing = observeEngines()

  it('says what the sockets engine does', { timeout: 60_000 }, async () => {
    assert.deepEqual(await wrongCells('sockets'), [])
  })

  const observedVersion = observedVersions?.[runtimeName]
  const skip = observedVersion === majorVersion ? false : `the page is about version ${observedVersion} of this runtime`
  it('says what the native engine does', { skip, timeout: 60_000 }, async () => {
    assert.deepEqual(await wrongCells('native'), [])
  })

  it('says of `sockets` what `libc` does as well', { skip: withoutLibc, timeout: 60_000 }, async () => {
    await observing
    assert.deepEqual(await wrongCells('libc', await observe(libcEngine)), [])
  })

  it('has a row for every situation', () => {
    const rows = readColumn(page, 'sockets')
    const keys = Object.entries(situations).flatMap(([group, list]) => list.map((situation) => keyOf(group, situation)))
    const without = keys.filter((key) => !rows.has(key))
    assert.deepEqual(without, [])
    assert.equal(new Set(keys).size, keys.length)
  })

  it('is about all cases of llhttp', { skip: hasLlhttpCases || process.env.CI === 'true' ? false : missing }, () => {
    assert.ok(hasLlhttpCases, missing)
    assert.equal(llhttpCases().length, 165)
  })

  /** What is seen otherwise than the page says. Silence may be a busy machine: such rows get a second, longer look. */
  async function wrongCells(engine: keyof typeof engines, seenBy?: Observations): Promise<string[]> {
    const observed = await observing
    const seen = seenBy ?? (engine === 'native' ? observed.native : observed.sockets)
    const keys = differences(engine, observed, seen).map(({ key }) => key)
    if (keys.length === 0) return []
    const again = differences(engine, observed, await observe(engines[engine], { factor: 4, keys }))
    return again.map(({ key, seen, told }) => `${key}: ${seen}, not ${told}`)
  }

  function differences(engine: keyof typeof engines, { sockets }: Observed, seenBy: Observations) {
    const cells = readColumn(page, engine === 'native' ? runtimeName : 'sockets')
    // Cases that the page leaves out come out as under `sockets`.
    return Object.entries(seenBy)
      .map(([key, seen]) => ({ key, seen, told: cells.get(key) ?? sockets[key] }))
      .filter(({ seen, told }) => seen !== told)
  }
})
