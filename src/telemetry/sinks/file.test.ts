import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileSink } from './file.ts'

const sinkModule = new URL('./file.ts', import.meta.url).href
let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genever-log-'))
})
after(() => rm(folder, { recursive: true }))

/** Lines of the file and of those it replaced, and how many of these there are. */
async function read(path: string): Promise<{ lines: string[]; replaced: number; lock: boolean }> {
  const names = (await readdir(folder)).filter((name) => join(folder, name).startsWith(path))
  const files = names.filter((name) => !name.endsWith('.lock')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return {
    lines: texts.flatMap((text) => text.split('\n').slice(0, -1)),
    replaced: files.length - 1,
    lock: names.length > files.length,
  }
}

function run(program: string): Promise<number | null> {
  const source = `import { fileSink } from ${JSON.stringify(sinkModule)}\n${program}`
  const args = 'Bun' in globalThis ? ['-e', source] : ['--input-type=module', '-e', source]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  return new Promise((resolve) => child.once('close', resolve))
}

describe('a log file', () => {
  it('is replaced when it is large, and the oldest ones go', async () => {
    const path = join(folder, 'size.log')
    const sink = fileSink({ path, maxBytes: 1_000, maxFiles: 2 })
    for (let n = 0; n < 50; n++) {
      sink.write(`${String(n).padStart(99, '.')}\n`)
      await sink.flush()
    }
    const { lines, replaced, lock } = await read(path)
    assert.equal(replaced, 2)
    assert.equal(lines.length, 30, 'ten in each of three files')
    assert.ok(lines.some((line) => line.endsWith('.49')))
    assert.ok(!lines.some((line) => line.endsWith('.19')))
    assert.equal(lock, false)
  })

  it('is replaced when it is old', async () => {
    const path = join(folder, 'age.log')
    let nowMs = Date.now()
    const sink = fileSink({ path, maxAgeMs: 60_000, now: () => nowMs })
    for (const aheadMs of [0, 59_000, 62_000]) {
      nowMs = Date.now() + aheadMs
      sink.write(`${aheadMs}\n`)
      await sink.flush()
    }
    assert.equal((await read(path)).replaced, 1)
    assert.equal(await readFile(path, 'utf8'), '62000\n')
  })

  it('is found again after another program has replaced it', async () => {
    const path = join(folder, 'logrotate.log')
    const sink = fileSink({ path })
    sink.write('one\n')
    await sink.flush()
    await rename(path, `${path}.1`)
    sink.write('two\n')
    await sink.flush()
    assert.equal(await readFile(path, 'utf8'), 'two\n')
  })

  it('grows on while somebody else holds the lock, and forgets a lock that nobody holds', async () => {
    const path = join(folder, 'lock.log')
    const lock = `${path}.lock`
    let nowMs = Date.now()
    const sink = fileSink({ path, maxBytes: 10, now: () => nowMs })
    const write = async (): Promise<void> => {
      sink.write('123456789\n')
      await sink.flush()
    }
    await write()
    await writeFile(lock, '')
    await write()
    assert.equal((await read(path)).replaced, 0)
    nowMs += 11_000
    await write()
    await write()
    const { replaced, lines } = await read(path)
    assert.deepEqual({ replaced, lines: lines.length }, { replaced: 1, lines: 4 })
  })

  it('keeps every line whole when four processes write to it and replace it', async () => {
    const path = join(folder, 'shared.log')
    const program = (letter: string): string => `
      const sink = fileSink({ path: ${JSON.stringify(path)}, maxBytes: 20_000, maxFiles: 1_000 })
      for (let n = 0; n < 2_000; n++) {
        sink.write('${letter}'.repeat(60) + ' ' + n + '\\n')
        if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
      }`
    const codes = await Promise.all(['a', 'b', 'c', 'd'].map((letter) => run(program(letter))))
    assert.deepEqual(codes, [0, 0, 0, 0])
    const { lines, replaced } = await read(path)
    assert.equal(new Set(lines).size, 8_000)
    assert.deepEqual(
      lines.filter((line) => !/^(a{60}|b{60}|c{60}|d{60}) \d+$/.test(line)),
      [],
    )
    assert.ok(replaced > 5, `it was replaced ${replaced} times`)
  })

  const crashes = [
    { ending: `throw new Error('boom')`, code: 1, why: 'an error that nobody caught' },
    { ending: `await Promise.reject(new Error('boom'))`, code: 1, why: 'a rejection that nobody caught' },
    {
      ending: `Promise.reject(new Error('boom')); setTimeout(() => {}, 1000)`,
      code: 1,
      why: 'one that is not awaited',
    },
    { ending: 'process.exit(7)', code: 7, why: 'an exit at once' },
  ]
  for (const [index, { ending, code, why }] of crashes.entries()) {
    it(`has the last line of a process that ends by ${why}`, async () => {
      const path = join(folder, `crash-${index}.log`)
      const program = `const sink = fileSink({ path: ${JSON.stringify(path)} })
        for (let n = 0; n < 5_000; n++) sink.write('line ' + n + '\\n')
        ${ending}`
      assert.equal(await run(program), code)
      const { lines } = await read(path)
      assert.equal(lines.length, 5_000)
      assert.equal(lines.at(-1), 'line 4999')
    })
  }

  it('goes on in the file that is there', async () => {
    const path = join(folder, 'append.log')
    await appendFile(path, 'before\n')
    const sink = fileSink({ path })
    sink.write('after\n')
    await sink.flush()
    assert.equal(await readFile(path, 'utf8'), 'before\nafter\n')
  })
})
