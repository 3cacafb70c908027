/** Where Bun and Node.js differ for who runs a service. `docs/reference/runtimes.md` has a row for each; the rest is alike. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { connect } from '../src/platform/connect.ts'
import { type Listener, listen } from '../src/platform/listen.ts'
import { canInheritListener, reserveListener } from '../src/platform/reserve-listener.ts'
import { type RuntimeName, runtimeName } from '../src/platform/runtime.ts'
import { currentRuntimeCommand } from '../src/platform/runtime-command.ts'
import { SocketRecorder } from '../src/platform/socket-recorder.fixture.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../src/platform/test-authority.fixture.ts'
import type { TlsIdentity } from '../src/platform/tls.ts'
import { resolveSettings } from '../src/service/service-settings.ts'
import { sharePort } from '../src/service/workers/shared-port.ts'
import { nativeEngine } from '../src/wire/engines/native.ts'

const run = promisify(execFile)
const skipWithoutSs = (await isInstalled('ss')) ? false : 'needs the ss command, which is not on this machine'
const skipWithoutInheritance = (await canInheritListener()) ? false : 'this runtime cannot reserve a listener'
const folder = mkdtempSync(join(tmpdir(), 'genever-runtimes-'))
after(() => rmSync(folder, { recursive: true }))

async function isInstalled(command: string): Promise<boolean> {
  return run(command, ['-V']).then(
    () => true,
    () => false,
  )
}

function sourceUrl(path: string): string {
  return new URL(`../src/${path}`, import.meta.url).href
}

/** What is expected of the runtime that runs this test. */
function here<T>(expected: Readonly<Record<RuntimeName, T>>): T {
  return expected[runtimeName]
}

/** Runs `source` as a program of its own and gives what it prints; the exit code if that is not 0. */
async function printed(name: string, source: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = join(folder, name)
  writeFileSync(file, source)
  const { command, args } = currentRuntimeCommand()
  const { PATH } = process.env
  return run(command, [...args, file], { cwd: folder, env: { PATH, ...env } }).then(
    ({ stdout }) => stdout.trim(),
    ({ code }: { code: number }) => `exit code ${code}`,
  )
}

describe('programs', () => {
  const skip = runtimeName === 'bun' && 'Bun does not tell what it has loaded'
  it('that serve with the sockets engine load nothing of the HTTP of Node.js', { skip }, async () => {
    const listener = await listen({ handlers: { data: () => {} } })
    await listener.close()
    const source = `
      import { connect } from '${sourceUrl('platform/connect.ts')}'
      import { createService } from '${sourceUrl('service/service.ts')}'
      const service = createService({ name: 'lean', engine: 'sockets' })
      service.http.post('/echo', async (c) => ({ got: await c.raw.text() }))
      service.run()
      const answer = Promise.withResolvers()
      const handlers = { data: (_, bytes) => answer.resolve(Buffer.from(bytes).toString()) }
      const reach = () => connect({ port: ${listener.port}, state: undefined, handlers }).catch(later)
      const later = () => new Promise((resolve) => setTimeout(resolve, 10)).then(reach)
      const socket = await reach()
      socket.write('POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 2\\r\\n\\r\\nhi')
      const [, status] = (await answer.promise).split(' ')
      const isHttp = (name) => /^NativeModule (_http|https?$|http2|internal.http)/.test(name)
      console.log([status, ...process.moduleLoadList.filter(isHttp)].join(' '))
      process.exit(0)
    `
    const output = await printed('lean.ts', source, { PORT: String(listener.port), ADMIN_PORT: '0' })
    assert.equal(output.split('\n').at(-1), '200')
  })

  it('of TypeScript that is not erasable run on Bun only', async () => {
    const output = await printed('enum.ts', 'enum Tea { Green = 1 }\nconsole.log(Tea.Green)\n')
    assert.equal(output, here({ bun: '1', node: 'exit code 1' }))
  })

  it('get the variables of a file .env on Bun', async () => {
    writeFileSync(join(folder, '.env'), 'PORT=1234\n')
    const output = await printed('env.ts', 'console.log(process.env.PORT)\n')
    assert.equal(output, here({ bun: '1234', node: 'undefined' }))
  })

  it('can tell the heap that is reserved from what is in use of it on Node.js only', async () => {
    const source = `
      const { processInfo } = await import(${JSON.stringify(sourceUrl('platform/process-info.ts'))})
      const kept = Array.from({ length: 200 }, () => new Array(10_000).fill(1))
      globalThis.Bun?.gc(true)
      const { usedBytes, totalBytes } = processInfo.heap()
      console.log(kept.length, totalBytes > usedBytes)`
    assert.equal(await printed('heap.ts', source), here({ bun: '200 false', node: '200 true' }))
  })

  it('hear of collections and of who allocates on Node.js only', async () => {
    const source = `
      import { PerformanceObserver } from 'node:perf_hooks'
      import { Session } from 'node:inspector'
      import { getHeapSpaceStatistics } from 'node:v8'
      const session = new Session()
      session.connect()
      const sampling = await new Promise((resolve) => session.post('HeapProfiler.startSampling', (error) => resolve(!error)))
      const spaces = getHeapSpaceStatistics().filter(({ space_used_size }) => space_used_size > 0).length
      console.log(PerformanceObserver.supportedEntryTypes.includes('gc'), sampling, spaces > 1)
      process.exit(0)`
    assert.equal(await printed('collections.mjs', source), here({ bun: 'false false false', node: 'true true true' }))
  })

  it('of tests run with NODE_ENV=test on Bun', async () => {
    const file = join(folder, 'environment.test.ts')
    writeFileSync(file, "console.log('NODE_ENV:', process.env.NODE_ENV)\n")
    const { command } = currentRuntimeCommand()
    const { PATH } = process.env
    const flag = here({ bun: 'test', node: '--test' })
    const { stdout } = await run(command, [flag, file], { cwd: folder, env: { PATH } })
    assert.match(stdout, here({ bun: /NODE_ENV: test/, node: /NODE_ENV: undefined/ }))
  })
})

describe('a listener', () => {
  it('has the backlog that was asked for on Node.js, 512 on Bun', { skip: skipWithoutSs }, async () => {
    const listener = await listen({ backlog: 100, handlers: new SocketRecorder().handlers })
    const { stdout } = await run('ss', ['-ltnH', `sport = :${listener.port}`])
    await listener.close()
    const [, , backlog] = stdout.trim().split(/\s+/)
    assert.equal(backlog, here({ bun: '512', node: '100' }))
  })

  it('reserved for workers refuses connections until one listens on Node.js, lets them wait on Bun', {
    skip: skipWithoutInheritance,
  }, async () => {
    const reserved = await reserveListener()
    const options = { port: reserved.port, state: undefined, handlers: new SocketRecorder().handlers }
    const outcome = await connect(options).then(
      (socket) => {
        socket.destroy()
        return 'waits'
      },
      ({ code }: { code: string }) => code,
    )
    reserved.close()
    assert.equal(outcome, here({ bun: 'waits', node: 'CONNECT_FAILED' }))
  })
})

describe('the native engine', () => {
  it('cannot take over a listening socket on Bun, so its workers bind for themselves', {
    skip: skipWithoutInheritance,
  }, async () => {
    const settings = resolveSettings({ engine: 'native', port: 0 })
    const outcome = await sharePort(settings).then(
      (port) => {
        port.close()
        return 'inherited'
      },
      ({ code }: { code: string }) => code,
    )
    assert.equal(outcome, here({ bun: 'PORT_NOT_SHARED', node: 'inherited' }))
    if (runtimeName === 'bun') {
      await assert.rejects(nativeEngine.listen({ fd: 3, handler: () => {} }), { code: 'LISTEN_FAILED' })
    }
  })
})

const skipWithoutOpenssl = (await hasOpenssl()) ? false : 'needs the openssl command, which is not on this machine'

describe('TLS', { skip: skipWithoutOpenssl }, () => {
  let authority: TestAuthority
  let listener: Listener
  const server = new SocketRecorder()

  before(async () => {
    authority = await createTestAuthority()
    listener = await listen({ tls: await authority.issue('server'), handlers: server.handlers })
  })
  after(async () => {
    await listener.close()
    await authority.close()
  })

  it('shows a reset to the peer on Bun, an end without close_notify on Node.js', async () => {
    const client = new SocketRecorder({ peerEnd: (socket) => socket.end() })
    const tls = { ca: authority.ca, serverName: 'localhost' }
    await connect({ port: listener.port, tls, state: undefined, handlers: client.handlers })
    await server.until(({ events }) => events.includes('open'))
    server.socket.destroy({ reset: true })
    await client.until(({ isClosed }) => isClosed)
    assert.deepEqual(client.events, here({ bun: ['open', 'close'], node: ['open', 'peerEnd', 'close'] }))
  })

  const weaknesses = [
    { key: 'rsa:1024', digest: '-sha256', why: 'a short key' },
    { key: 'rsa:2048', digest: '-sha1', why: 'a signature that can be forged' },
  ]
  for (const { key, digest, why } of weaknesses) {
    it(`trusts a certificate with ${why} on Bun only`, async () => {
      const { ca, ...identity } = await issueWeak(key, digest)
      const outcome = await reach(identity, ca).catch(() => 'refused')
      assert.equal(outcome, here({ bun: 'trusted', node: 'refused' }))
    })
  }

  it('trusts the authorities of SSL_CERT_FILE on Bun, those of NODE_EXTRA_CA_CERTS on both', async () => {
    const file = join(folder, 'ca.pem')
    writeFileSync(file, authority.ca)
    const source = `
      const { connect } = await import(${JSON.stringify(sourceUrl('platform/connect.ts'))})
      const options = { port: ${listener.port}, tls: { serverName: 'localhost' }, handlers: { data() {} } }
      console.log(await connect(options).then(() => 'trusted', ({ code }) => code))
      process.exit()`
    assert.equal(await printed('a.ts', source, { NODE_EXTRA_CA_CERTS: file }), 'trusted')
    assert.equal(await printed('b.ts', source, { SSL_CERT_FILE: file }), here({ bun: 'trusted', node: 'TLS_FAILED' }))
  })
})

/** Listens with the identity, and connects as a client that trusts `ca`. */
async function reach(tls: TlsIdentity, ca: string): Promise<string> {
  const { handlers } = new SocketRecorder()
  const listener = await listen({ tls, handlers })
  try {
    const socket = await connect({
      port: listener.port,
      tls: { ca, serverName: 'localhost' },
      state: undefined,
      handlers,
    })
    socket.destroy()
    return 'trusted'
  } finally {
    await listener.close()
  }
}

/** A certificate for `localhost` that nobody should issue any more. */
async function issueWeak(key: string, digest: string): Promise<Required<TlsIdentity>> {
  const at = (file: string): string => join(folder, file)
  const openssl = (words: string): Promise<unknown> => run('openssl', words.split(' '), { cwd: folder })
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost\n')
  await openssl('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=authority')
  await openssl(`req -newkey ${key} -nodes -keyout weak.key -out weak.csr -subj /CN=weak`)
  await openssl(`x509 -req -in weak.csr -CA ca.crt -CAkey ca.key -days 2 ${digest} -extfile names -out weak.crt`)
  const [cert = '', privateKey = '', ca = ''] = ['weak.crt', 'weak.key', 'ca.crt'].map((file) =>
    readFileSync(at(file), 'utf8'),
  )
  return { cert, key: privateKey, ca }
}
