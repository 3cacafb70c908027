/** What `genever build` makes runs without its sources, on either runtime, as the sources do. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runtimeCommand } from '../platform/runtime-command.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const fixture = fileURLToPath(new URL('../../tests/fixtures/bundled/', import.meta.url))
const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'genever-build-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const runtimes = ['bun', 'node'] as const

function build(cwd: string, ...words: string[]) {
  const { FORCE_COLOR: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  return spawnSync(process.execPath, [main, 'build', ...words], {
    cwd,
    encoding: 'utf8',
    env: { ...env, NO_COLOR: '1' },
  })
}

interface Running {
  readonly url: string
  readonly child: ChildProcess
  /** Ends it by SIGTERM; gives the exit code and what it wrote to standard error. */
  stop(): Promise<{ code: number | null; errors: string }>
}

async function start(
  runtime: (typeof runtimes)[number],
  file: string,
  { env = {}, flags = [] }: { env?: NodeJS.ProcessEnv; flags?: readonly string[] } = {},
): Promise<Running> {
  const { command, args } = runtimeCommand(runtime)
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const child = spawn(command, [...args, ...flags, file], {
    cwd: folder,
    env: {
      ...inherited,
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_PORT: '0',
      ADMIN_HOST: '127.0.0.1',
      NODE_ENV: 'development',
      LOG_FORMAT: 'json',
      ...env,
    },
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (piece) => {
    errors += piece
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`it ended: ${output}${errors}`)))
    child.stdout.on('data', (piece) => {
      output += piece
      const ready = output.split('\n').find((line) => line.includes('"message":"ready"') && line.endsWith('}'))
      if (ready !== undefined) resolve(JSON.parse(ready).url)
    })
  })
  return {
    url,
    child,
    async stop() {
      child.kill('SIGTERM')
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      return { code, errors }
    },
  }
}

describe('genever build FILE', () => {
  const out = join(folder, 'hello')
  let outcome: ReturnType<typeof build>
  before(() => {
    outcome = build(examples, '01-hello/main.ts', '--out', out)
  })

  it('tells the file, its size, its size over the wire and the time', () => {
    assert.equal(outcome.status, 0, outcome.stderr)
    assert.match(outcome.stdout, /^\S*main\.mjs +\d+\.\d kB +\d+\.\d kB gzip +\d+ ms\n$/)
  })

  for (const runtime of runtimes) {
    it(`runs on ${runtime}, answers, and drains`, async () => {
      const { url, stop } = await start(runtime, join(out, 'main.mjs'))
      const answer = await fetch(`${url}/api/v1/orders`, {
        method: 'POST',
        body: '{"sku":"tea","quantity":2}',
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(answer.status, 201)
      const broken = await fetch(`${url}/api/v1/orders`, {
        method: 'POST',
        body: '{"sku":""}',
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(Object(await broken.json()).code, 'VALIDATION_FAILED')
      assert.deepEqual(await stop(), { code: 0, errors: '' })
    })
  }

  it('loads no server of the runtime, no TLS and no crypto to start on the sockets engine', async () => {
    const spy = join(folder, 'spy.mjs')
    writeFileSync(spy, "process.on('exit', () => console.error(process.moduleLoadList.join(' ')))\n")
    const { stop } = await start('node', join(out, 'main.mjs'), { flags: ['--import', spy] })
    const { errors } = await stop()
    assert.match(errors, /NativeModule net\b/)
    for (const name of ['_http_server', 'http', 'https', '_tls_wrap', 'tls', 'crypto', 'zlib']) {
      assert.ok(
        !errors.split(' ').some((word, i, words) => word === name && words[i - 1]?.endsWith('NativeModule')),
        name,
      )
    }
  })

  it('gives the same bytes when it is built again', () => {
    const again = join(folder, 'again')
    assert.equal(build(examples, '01-hello/main.ts', '--out', again).status, 0)
    for (const file of ['main.mjs', 'main.mjs.map']) {
      assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(again, file))), file)
    }
  })

  it('can be inspected like its source', () => {
    const { FORCE_COLOR: _, ...env } = process.env
    const routes = spawnSync(process.execPath, [main, 'routes', join(out, 'main.mjs')], { encoding: 'utf8', env })
    assert.equal(routes.stdout, 'POST  /api/v1/orders\n', routes.stderr)
  })
})

describe('genever build, in the folder of a workspace', () => {
  const out = join(folder, 'shop')

  it('builds every service by its name', () => {
    const { status, stdout, stderr } = build(join(examples, 'shop'), '--out', out)
    assert.equal(status, 0, stderr)
    const files = stdout
      .trim()
      .split('\n')
      .map((line) => /([\w-]+)\.mjs /.exec(line)?.[1])
    assert.deepEqual(files.toSorted(), [
      'gateway',
      'inventory',
      'notifications',
      'orders',
      'payments',
      'points',
      'users',
    ])
  })

  for (const runtime of runtimes) {
    it(`the bundle starts its own workers on ${runtime}`, async () => {
      const { url, stop } = await start(runtime, join(out, 'gateway.mjs'), { env: { WORKERS: '2' } })
      const answer = await fetch(`${url}/api/v1/orders`)
      // It answers, and there is no shop around it.
      assert.equal(Object(await answer.json()).code, 'SERVICE_UNKNOWN')
      assert.deepEqual(await stop(), { code: 0, errors: '' })
    })
  }
})

describe('what a source names beside itself', () => {
  const out = join(folder, 'bundled')
  before(() => {
    // Built from a copy that is gone when the bundle runs.
    const copy = join(fixture, '../bundled-copy')
    cpSync(fixture, copy, { recursive: true })
    const { status, stderr } = build(copy, 'main.ts', '--out', out)
    rmSync(copy, { recursive: true })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /needs 4 files beside it/)
  })

  for (const runtime of runtimes) {
    it(`comes along: a file, a folder, a thread; and so do packages on first use, on ${runtime}`, async () => {
      const { url, stop } = await start(runtime, join(out, 'main.mjs'))
      assert.equal(await (await fetch(`${url}/note`)).text(), 'read from beside\n')
      assert.equal(await (await fetch(`${url}/pages/index.html`)).text(), '<h1>a page</h1>\n')
      assert.deepEqual(await (await fetch(`${url}/double/21`)).json(), { doubled: 42 })
      assert.deepEqual(await (await fetch(`${url}/square/12`)).json(), { squared: 144 })
      assert.equal(await echoed(`${url.replace('http', 'ws')}/echo`, 'hello'), 'hello')
      assert.equal((await stop()).code, 0)
    })
  }
})

function echoed(url: string, text: string): Promise<unknown> {
  const socket = new WebSocket(url)
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(text)
    socket.onmessage = ({ data }) => {
      socket.close()
      resolve(data)
    }
    socket.onerror = () => reject(new Error('the WebSocket failed'))
  })
}

describe('genever build --bytecode', () => {
  const out = join(folder, 'bytecode')

  it('makes a bundle that Bun starts from bytecode, with its files, threads and workers', async () => {
    const { status, stderr } = build(fixture, 'main.ts', '--bytecode', '--out', out)
    assert.equal(status, 0, stderr)
    assert.match(stderr, /main\.bun\.js/)
    const env = { BUN_JSC_verboseDiskCache: '1', WORKERS: '2' }
    const { url, stop } = await start('bun', join(out, 'main.bun.js'), { env })
    assert.equal(await (await fetch(`${url}/note`)).text(), 'read from beside\n')
    assert.deepEqual(await (await fetch(`${url}/double/21`)).json(), { doubled: 42 })
    assert.deepEqual(await (await fetch(`${url}/square/12`)).json(), { squared: 144 })
    const { code, errors } = await stop()
    assert.equal(code, 0, errors)
    assert.match(errors, /Cache hit/)
  })

  it('makes a bundle that Node.js starts from compiled code, with its files, threads and workers', async () => {
    const { status, stderr } = build(fixture, 'main.ts', '--bytecode', 'node', '--out', out)
    assert.equal(status, 0, stderr)
    assert.match(stderr, /main\.node\.cjs/)
    const { url, stop } = await start('node', join(out, 'main.node.cjs'), { env: { WORKERS: '2' } })
    assert.equal(await (await fetch(`${url}/note`)).text(), 'read from beside\n')
    assert.deepEqual(await (await fetch(`${url}/double/21`)).json(), { doubled: 42 })
    assert.deepEqual(await (await fetch(`${url}/square/12`)).json(), { squared: 144 })
    assert.equal((await stop()).code, 0)
  })

  it('makes compiled code that V8 takes', () => {
    const script = join(out, 'main.node.js')
    const { command } = runtimeCommand('node')
    const text = `const s = new (require('node:vm').Script)(require('node:fs').readFileSync(process.argv[1], 'utf8'), { filename: process.argv[1], cachedData: require('node:fs').readFileSync(process.argv[1] + '.cache') }); console.log(s.cachedDataRejected)`
    const { stdout, stderr } = spawnSync(command, ['--input-type=commonjs', '--eval', text, script], {
      encoding: 'utf8',
    })
    assert.equal(stdout.trim(), 'false', stderr)
  })

  it('runs the bundle itself under a Node.js that did not compile it', async () => {
    const starter = join(out, 'main.node.cjs')
    const old = readFileSync(starter, 'utf8').replace(
      /process\.versions\.v8 !== "[^"]+"/,
      'process.versions.v8 !== "1.2"',
    )
    writeFileSync(join(out, 'other.node.cjs'), old)
    const { url, stop } = await start('node', join(out, 'other.node.cjs'))
    assert.equal(await (await fetch(`${url}/note`)).text(), 'read from beside\n')
    assert.equal((await stop()).code, 0)
  })

  it('asks for a runtime that there is', () => {
    const { status, stderr } = build(fixture, 'main.ts', '--bytecode', 'deno', '--out', out)
    assert.equal(status, 1)
    assert.match(stderr, /expected bun, node or nothing for both, got 'deno'\. \(BAD_RUNTIME\)/)
  })

  it('refuses what stays an import', () => {
    writeFileSync(join(folder, 'outside.ts'), "import { a } from 'elsewhere'\nconsole.log(a)\n")
    const { status, stderr } = build(folder, 'outside.ts', '--bytecode', '--external', 'elsewhere', '--out', out)
    assert.equal(status, 1)
    assert.match(stderr, /build without --external\. \(BYTECODE_FAILED\)/)
  })
})

describe('a bundle that cannot be made says why', () => {
  const place = join(folder, 'broken')
  before(() => {
    mkdirSync(join(place, 'b'), { recursive: true })
    writeFileSync(join(place, 'syntax.ts'), 'const a = 1\nconst b = = 2\n')
    writeFileSync(join(place, 'missing.ts'), "import { a } from 'no-such-package'\nconsole.log(a)\n")
    writeFileSync(join(place, 'beside.ts'), "import './none.ts'\n")
    writeFileSync(join(place, 'lazy.ts'), "await import('no-such-package').catch(() => {})\n")
    writeFileSync(join(place, 'b/lazy.ts'), '\n')
  })

  const rows: { words: string[]; status: number; says: RegExp; why: string }[] = [
    { words: ['none.ts'], status: 1, says: /There is no file .*none\.ts.*FILE_NOT_FOUND/, why: 'no entry' },
    {
      words: ['syntax.ts'],
      status: 1,
      says: /syntax\.ts:2:11: Unexpected "="/,
      why: 'what is no program, with its place',
    },
    {
      words: ['missing.ts'],
      status: 1,
      says: /missing\.ts:1:19: Could not resolve "no-such-package"; install it \(npm install no-such-package\), or .*--external/,
      why: 'a package that is not installed',
    },
    {
      words: ['beside.ts'],
      status: 1,
      says: /beside\.ts:1:8: .*there is no such file.*BUNDLE_FAILED/s,
      why: 'a file that is not there',
    },
    {
      words: ['lazy.ts', 'b/lazy.ts'],
      status: 1,
      says: /would both become lazy\.mjs.*SAME_BUNDLE/,
      why: 'two of one name',
    },
    { words: [], status: 1, says: /WORKSPACE_NOT_FOUND/, why: 'neither file nor workspace' },
    {
      words: ['lazy.ts'],
      status: 0,
      says: /Not installed and therefore not in .*lazy\.mjs: no-such-package/,
      why: 'but a package on first use may be missing',
    },
    {
      words: ['missing.ts', '--external', 'no-such-package'],
      status: 0,
      says: /^$/,
      why: 'and what is said to be elsewhere',
    },
  ]
  for (const { words, status, says, why } of rows) {
    it(`${['genever build', ...words].join(' ')}: ${why}`, () => {
      const outcome = build(place, ...words, '--out', join(place, 'dist'))
      assert.match(outcome.stderr, says)
      assert.equal(outcome.status, status)
    })
  }
})
