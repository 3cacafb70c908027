/** What the native engine does beyond the contract, and where the runtimes part. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect } from '../../platform/connect.ts'
import { runtimeName } from '../../platform/runtime.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../../platform/test-authority.fixture.ts'
import type { TlsClientOptions, TlsIdentity, TlsServerOptions } from '../../platform/tls.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import type { EngineOptions, EngineServer } from './engine.ts'
import { nativeEngine } from './native.ts'

const none = new HeaderList()
const onNode = runtimeName === 'node'
const get = (fields = ''): string => `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`

interface Asking {
  readonly server: Partial<EngineOptions>
  readonly request: string
  readonly tls?: TlsClientOptions
}

/** What the server says to one request, until it ends the connection. */
async function ask(handler: ExchangeHandler, { server: options, request, tls }: Asking): Promise<string> {
  const server = await nativeEngine.listen({ ...options, handler })
  try {
    return await send(server, request, tls)
  } finally {
    await server.close(AbortSignal.timeout(0))
  }
}

async function send(server: EngineServer, request: string, tls?: TlsClientOptions): Promise<string> {
  let heard = ''
  const over = Promise.withResolvers<void>()
  const socket = await connect({
    ...(server.path === undefined ? { port: server.port } : { path: server.path }),
    ...(tls === undefined ? {} : { tls }),
    state: undefined,
    handlers: {
      data: (_, bytes) => {
        heard += Buffer.from(bytes).toString('latin1')
      },
      peerEnd: () => over.resolve(),
      close: () => over.resolve(),
    },
  })
  socket.write(request)
  await over.promise
  socket.destroy()
  return heard
}

describe('the native engine', () => {
  it('listens on a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'native-'))
    const path = join(folder, 'socket')
    const answer = await ask((exchange) => exchange.respond(200, none, `from '${exchange.peer.address}'`), {
      server: { path },
      request: get(),
    })
    await rm(folder, { recursive: true })
    assert.match(answer, /from ''$/)
  })

  it(`sends interim answers${onNode ? '' : ', but not on Bun'}`, async () => {
    const handler: ExchangeHandler = (exchange) => {
      exchange.informational(103, HeaderList.from([['link', '</a.css>; rel=preload; as=style']]))
      exchange.respond(200, none)
    }
    const answer = await ask(handler, { server: {}, request: get() })
    assert.equal(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>/i.test(answer), onNode)
    assert.match(answer, /HTTP\/1\.1 200 /)
  })

  it(`carries trailers both ways${onNode ? '' : ', but not on Bun'}`, async () => {
    let seen: string | undefined
    const handler: ExchangeHandler = async (exchange) => {
      await exchange.body.bytes()
      seen = exchange.trailer('checksum')
      const sink = exchange.start(200, none)
      await sink.write('x')
      await new Promise((resolve) => setTimeout(resolve, 5))
      sink.end(HeaderList.from([['total', '1']]))
    }
    const request = get('Transfer-Encoding: chunked\r\n').replace('GET', 'PUT')
    const answer = await ask(handler, { server: {}, request: `${request}1\r\nx\r\n0\r\nChecksum: 42\r\n\r\n` })
    assert.equal(seen, onNode ? '42' : undefined)
    assert.equal(answer.includes('0\r\ntotal: 1\r\n\r\n'), onNode)
  })

  it(`tells of a head that came too late or cannot be read${onNode ? '' : ', but not on Bun'}`, async () => {
    const reported: string[] = []
    const server = { limits: { headTimeoutMs: 200 }, onRefused: (error: { code: string }) => reported.push(error.code) }
    const unused: ExchangeHandler = (exchange) => exchange.respond(200, none)
    assert.match(await ask(unused, { server, request: 'NO REQUEST\r\n\r\n' }), /^HTTP\/1\.1 400 /)
    if (!onNode) return
    assert.match(await ask(unused, { server, request: 'GET / HT' }), /^HTTP\/1\.1 408 /)
    assert.deepEqual(reported, ['BAD_REQUEST', 'HEAD_TIMEOUT'])
  })

  it(`resets who does not take an answer${onNode ? '' : ' (on Bun in steps of four seconds)'}`, {
    skip: !onNode,
  }, async () => {
    const server = await nativeEngine.listen({
      limits: { bodyTimeoutMs: 200 },
      handler: (exchange) => exchange.respond(200, none, new Uint8Array(50_000_000)),
    })
    const socket = await connect({
      port: server.port,
      state: undefined,
      handlers: { data: (socket) => socket.pause() },
    })
    socket.write(get())
    await waitUntil(() => server.connections === 1)
    await waitUntil(() => server.connections === 0)
    socket.destroy()
    await server.close()
  })
})

describe('the native engine under TLS', { skip: (await hasOpenssl()) ? false : 'needs openssl' }, () => {
  let authority: TestAuthority
  let identity: TlsIdentity & { ca: string }
  let client: TlsIdentity
  let stranger: TestAuthority

  before(async () => {
    ;[authority, stranger] = await Promise.all([createTestAuthority(), createTestAuthority()])
    identity = await authority.issue('server')
    client = await authority.issue('client')
  })
  after(() => Promise.all([authority.close(), stranger.close()]))

  /** The peer as the handler saw it, undefined if it was not let in. */
  async function peerOf(server: Partial<TlsServerOptions>, own: Partial<TlsIdentity>): Promise<SocketPeer | undefined> {
    let peer: SocketPeer | undefined
    const handler: ExchangeHandler = (exchange) => {
      assert.equal(exchange.scheme, 'https')
      peer = exchange.peer
      exchange.respond(200, none)
    }
    const tls = { ca: identity.ca, serverName: 'localhost', ...own }
    await ask(handler, { server: { tls: { ...identity, ...server } }, request: get(), tls }).catch(() => '')
    return peer
  }

  it('encrypts', async () => {
    const peer = await peerOf({}, {})
    assert.equal(peer?.tls?.authorized, false)
    assert.equal(peer?.tls?.certificate, undefined)
  })

  it(`asks for client certificates${onNode ? ' and shows them' : '; Bun does not show them'}`, async () => {
    const peer = await peerOf({ clientCertificates: 'require' }, { cert: client.cert, key: client.key })
    assert.equal(peer?.tls?.authorized, true)
    assert.equal(peer?.tls?.certificate?.subject.includes('client'), onNode ? true : undefined)
  })

  it('refuses who has none, or one of somebody else', async () => {
    assert.equal(await peerOf({ clientCertificates: 'require' }, {}), undefined)
    const { cert, key } = await stranger.issue('stranger')
    assert.equal(await peerOf({ clientCertificates: 'require' }, { cert, key }), undefined)
  })

  it('does not wait for a connection on which nothing was asked', async () => {
    const server = await nativeEngine.listen({ tls: identity, handler: (exchange) => exchange.respond(200, none) })
    const tls = { ca: identity.ca, serverName: 'localhost' }
    const silent = await connect({ port: server.port, tls, state: undefined, handlers: { data: () => {} } })
    const startedMs = performance.now()
    await server.close()
    silent.destroy()
    assert.ok(performance.now() - startedMs < 2_000)
  })

  it(`changes its certificate while it runs${onNode ? '' : ', but not on Bun'}`, async () => {
    const server = await nativeEngine.listen({
      tls: identity,
      handler: (exchange) => exchange.respond(200, none, 'ok'),
    })
    const fresh = await stranger.issue('server')
    if (onNode) {
      server.reloadTls(fresh)
      const answer = await send(server, get(), { ca: fresh.ca, serverName: 'localhost' })
      assert.match(answer, /ok$/)
    } else assert.throws(() => server.reloadTls(fresh), { code: 'TLS_RELOAD_UNSUPPORTED' })
    await server.close(AbortSignal.timeout(0))
  })

  it('has nothing to change without TLS, and takes no certificate that is none', async () => {
    const handler: ExchangeHandler = (exchange) => exchange.respond(200, none)
    const server = await nativeEngine.listen({ handler })
    assert.throws(() => server.reloadTls(identity), { code: 'NO_TLS' })
    await server.close()
    await assert.rejects(nativeEngine.listen({ handler, tls: { cert: 'x', key: 'y' } }), { code: 'BAD_CERTIFICATE' })
  })
})

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 4_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came to that')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
