/** Where Bun and Node.js differ for who runs a service. `docs/reference/runtimes.md` has a row for each; the rest is alike. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { connect } from '../src/platform/connect.ts'
import { type Listener, listen } from '../src/platform/listen.ts'
import { reserveListener } from '../src/platform/reserve-listener.ts'
import { type RuntimeName, runtimeName } from '../src/platform/runtime.ts'
import { currentRuntimeCommand } from '../src/platform/runtime-command.ts'
import { SocketRecorder } from '../src/platform/socket-recorder.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../src/platform/test-authority.ts'
import { resolveSettings } from '../src/service/service-settings.ts'
import { sharePort } from '../src/service/workers/shared-port.ts'
import { nativeEngine } from '../src/wire/engines/native.ts'

const run = promisify(execFile)
const skipWithoutSs = (await isInstalled('ss')) ? false : 'needs the ss command, which is not on this machine'
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

  it('that is reserved for workers refuses connections until one listens on Node.js, and lets them wait on Bun', async () => {
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
  it('cannot take over a listening socket on Bun, so its workers bind for themselves', async () => {
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
    const tls = { ...(await authority.issue('server')), handshakeTimeoutMs: 200 }
    listener = await listen({ tls, handlers: server.handlers })
  })
  after(async () => {
    await listener.close()
    await authority.close()
  })

  it('ends a handshake when its time is over on Node.js, at the next tick of 4 seconds on Bun', async () => {
    const idle = new SocketRecorder({ peerEnd: (socket) => socket.end() })
    const startedMs = performance.now()
    await connect({ port: listener.port, state: undefined, handlers: idle.handlers })
    await idle.until(({ isClosed }) => isClosed)
    const tookMs = performance.now() - startedMs
    const [least, most] = here({ bun: [200, 8_500], node: [150, 3_500] })
    assert.ok(tookMs >= (least ?? 0) && tookMs <= (most ?? 0), `${Math.round(tookMs)} ms`)
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

  it('of the native engine changes its certificate on Node.js only', async () => {
    const tls = await authority.issue('native')
    const engine = await nativeEngine.listen({ tls, handler: () => {} })
    const reload = (): void => engine.reloadTls(tls)
    if (runtimeName === 'bun') assert.throws(reload, { code: 'TLS_RELOAD_UNSUPPORTED' })
    else assert.doesNotThrow(reload)
    await engine.close(AbortSignal.abort())
  })

  it('takes a certificate with a short key on Bun, and refuses it on Node.js', async () => {
    const weak = await shortKeyIdentity()
    const outcome = await listen({ tls: weak, handlers: new SocketRecorder().handlers }).then(
      async (weakListener) => {
        await weakListener.close()
        return 'taken'
      },
      () => 'refused',
    )
    assert.equal(outcome, here({ bun: 'taken', node: 'refused' }))
  })

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

/** RSA of 1,024 bits, signed by itself. */
async function shortKeyIdentity(): Promise<{ cert: string; key: string }> {
  const subject = ['-subj', '/CN=weak', '-days', '2']
  const { stdout } = await run('openssl', ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-keyout', '-', ...subject])
  const cert = stdout.slice(stdout.indexOf('-----BEGIN CERTIFICATE'))
  return { cert, key: stdout.slice(0, -cert.length) }
}
