import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type ConnectOptions, connect } from './connect.ts'
import { makeTemporaryFolder } from './files.ts'
import { type Listener, listen } from './listen.ts'
import { alternativeNamesFrom, distinguishedNameFrom } from './peer-certificate.ts'
import type { TlsPeer } from './socket.ts'
import { SocketRecorder } from './socket-recorder.fixture.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from './test-authority.fixture.ts'
import type { TlsClientOptions, TlsIdentity, TlsServerOptions } from './tls.ts'
import { checkTlsIdentity } from './tls-identity.ts'

const skip = (await hasOpenssl()) ? false : 'needs the openssl command, which is not on this machine'

describe('TLS', { skip }, () => {
  let authority: TestAuthority
  let strangers: TestAuthority
  let server: TlsIdentity & { ca: string }
  let client: TlsIdentity
  let stranger: TlsIdentity
  const listeners: Listener[] = []

  before(async () => {
    ;[authority, strangers] = await Promise.all([createTestAuthority(), createTestAuthority()])
    server = await authority.issue('server')
    client = await authority.issue('client')
    stranger = await strangers.issue('stranger')
  })
  after(async () => {
    for (const listener of listeners) await listener.close()
    await authority.close()
    await strangers.close()
  })

  const opens = ({ events }: SocketRecorder): number => events.filter((event) => event === 'open').length

  async function serving(options: Partial<TlsServerOptions> = {}, recorder = new SocketRecorder()): Promise<Listener> {
    const listener = await listen({ tls: { ...server, ...options }, handlers: recorder.handlers })
    listeners.push(listener)
    return listener
  }

  function dial(
    listener: Listener,
    tls: TlsClientOptions = {},
    recorder = new SocketRecorder(),
  ): ReturnType<typeof connect> {
    const options: ConnectOptions = {
      port: listener.port,
      tls: { serverName: 'localhost', ca: authority.ca, ...tls },
      state: undefined,
      handlers: recorder.handlers,
    }
    return connect(options)
  }

  /** How either end sees the other after a handshake. */
  async function met(serverOptions: Partial<TlsServerOptions>, clientOptions: TlsClientOptions): Promise<TlsPeer[]> {
    const accepted = new SocketRecorder()
    const listener = await serving(serverOptions, accepted)
    const socket = await dial(listener, clientOptions)
    await accepted.until(({ events }) => events.includes('open'))
    const peers = [accepted.socket.peer.tls, socket.peer.tls]
    socket.destroy()
    return peers.filter((peer) => peer !== undefined)
  }

  const negotiations = [
    { offered: ['h2', 'http/1.1'], wanted: ['h2', 'http/1.1'], agreed: 'h2', why: 'both want it most' },
    { offered: ['h2', 'http/1.1'], wanted: ['http/1.1', 'h2'], agreed: 'h2', why: 'the server’s order decides' },
    { offered: undefined, wanted: ['h2', 'http/1.1'], agreed: 'http/1.1', why: 'the default' },
    { offered: ['h2'], wanted: undefined, agreed: undefined, why: 'a client without ALPN' },
  ]
  for (const { offered, wanted, agreed, why } of negotiations) {
    it(`agrees on ${agreed} by ALPN (${why})`, async () => {
      const peers = await met(offered ? { alpnProtocols: offered } : {}, wanted ? { alpnProtocols: wanted } : {})
      assert.deepEqual(
        peers.map((peer) => peer.alpnProtocol),
        [agreed, agreed],
      )
    })
  }

  it('refuses a client that shares no protocol', async () => {
    const accepted = new SocketRecorder()
    const listener = await serving({ alpnProtocols: ['h2'] }, accepted)
    await assert.rejects(dial(listener, { alpnProtocols: ['spdy/3'] }), { code: 'TLS_FAILED' })
    assert.deepEqual(accepted.events, [])
  })

  it('tells both ends whom they talk to', async () => {
    const [seen, own] = await met({ clientCertificates: 'require' }, client)
    assert.equal(seen?.authorized, true)
    assert.equal(seen?.serverName, 'localhost')
    const x509 = new X509Certificate(client.cert)
    assert.deepEqual(seen?.certificate, {
      subject: 'CN=client,O=test',
      issuer: 'CN=test authority,O=test',
      alternativeNames: ['DNS:localhost', 'IP:127.0.0.1', 'IP:0:0:0:0:0:0:0:1', 'URI:spiffe://test/client'],
      fingerprint256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      validFrom: x509.validFromDate,
      validTo: x509.validToDate,
    })
    assert.equal(own?.authorized, true)
    assert.equal(own?.certificate?.subject, 'CN=server,O=test')
  })

  const visitors = [
    { mode: 'none', who: 'client', open: true, authorized: false, sees: undefined, why: 'it is not asked' },
    { mode: 'request', who: 'client', open: true, authorized: true, sees: 'CN=client,O=test', why: 'it is verified' },
    {
      mode: 'request',
      who: 'stranger',
      open: true,
      authorized: false,
      sees: 'CN=stranger,O=test',
      why: 'seen, not trusted',
    },
    { mode: 'request', who: 'nobody', open: true, authorized: false, sees: undefined, why: 'it may stay away' },
    { mode: 'require', who: 'client', open: true, authorized: true, sees: 'CN=client,O=test', why: 'it is verified' },
    { mode: 'require', who: 'stranger', open: false, authorized: false, sees: undefined, why: 'another authority' },
    { mode: 'require', who: 'nobody', open: false, authorized: false, sees: undefined, why: 'no certificate' },
  ] as const
  for (const { mode, who, open, authorized, sees, why } of visitors) {
    it(`${open ? 'lets in' : 'refuses'} ${who} where client certificates are "${mode}" (${why})`, async () => {
      const accepted = new SocketRecorder()
      const listener = await serving({ clientCertificates: mode }, accepted)
      const { cert, key } = { client, stranger, nobody: { cert: undefined, key: undefined } }[who]
      const identity = cert === undefined ? {} : { cert, key }
      const visitor = new SocketRecorder()
      // With TLS 1.3 a client is done before the server has judged its certificate.
      const socket = await dial(listener, identity, visitor).catch(() => undefined)
      if (!open) {
        socket?.write('let me in')
        if (socket !== undefined)
          await visitor.until(({ events }) => events.includes('close') || events.includes('peerEnd'))
        assert.deepEqual(accepted.events, [])
        return
      }
      await accepted.until(({ events }) => events.includes('open'))
      assert.equal(accepted.socket.peer.tls?.authorized, authorized)
      assert.equal(accepted.socket.peer.tls?.certificate?.subject, sees)
      socket?.destroy()
    })
  }

  const impostors: { why: string; tls(): TlsClientOptions }[] = [
    { why: 'an authority that we do not trust', tls: () => ({ ca: strangers.ca }) },
    { why: 'the certificate of another name', tls: () => ({ serverName: 'other.test' }) },
    { why: 'an authority that the system does not know', tls: () => ({}) },
  ]
  for (const { why, tls } of impostors) {
    it(`does not connect to ${why}`, async () => {
      const listener = await serving()
      const own = tls()
      const { handlers, events } = new SocketRecorder()
      const trusted =
        own.ca === undefined && own.serverName === undefined ? {} : { serverName: 'localhost', ca: authority.ca }
      const options = { port: listener.port, tls: { ...trusted, ...own }, state: undefined, handlers }
      await assert.rejects(connect(options), { code: 'TLS_FAILED', retryable: false })
      assert.deepEqual(events, [])
    })
  }

  it('verifies an address where there is no name', async () => {
    const listener = await serving()
    const { handlers } = new SocketRecorder()
    const tls = { ca: authority.ca }
    const socket = await connect({ host: '127.0.0.1', port: listener.port, tls, state: undefined, handlers })
    assert.equal(socket.peer.tls?.authorized, true)
    socket.destroy()
  })

  it('puts a new certificate in place for connections to come, three times, and keeps those that are open', async () => {
    const accepted = new SocketRecorder({ data: (socket, bytes) => void socket.write(Uint8Array.from(bytes)) })
    const listener = await serving({ clientCertificates: 'request', alpnProtocols: ['h2'] }, accepted)
    const early = new SocketRecorder()
    const first = await dial(listener, {}, early)
    await accepted.until((recorder) => opens(recorder) === 1)
    for (const name of ['second', 'third', 'fourth']) {
      listener.reloadTls(await authority.issue(name))
      const before = opens(accepted)
      const socket = await dial(listener, { ...client, alpnProtocols: ['h2'] })
      assert.equal(socket.peer.tls?.certificate?.subject, `CN=${name},O=test`)
      assert.equal(socket.peer.tls?.alpnProtocol, 'h2')
      await accepted.until((recorder) => opens(recorder) > before)
      assert.equal(accepted.socket.peer.tls?.certificate?.subject, 'CN=client,O=test')
      socket.destroy()
    }
    first.write('still there')
    await early.until(({ text }) => text === 'still there')
    first.destroy()
    await listener.close()
    await assert.rejects(dial(listener), { code: 'CONNECT_FAILED' })
  })

  it('does not take a resumed session for the trust that a reload took away', async () => {
    const accepted = new SocketRecorder({
      open: (socket) => void socket.write('welcome'),
      peerEnd: (socket) => socket.end(),
    })
    const listener = await serving({ clientCertificates: 'request' }, accepted)
    const { session, reused } = await visit(listener)
    assert.equal(reused, false)
    assert.equal((await visit(listener, session)).reused, true)
    assert.equal(accepted.socket.peer.tls?.authorized, true)
    listener.reloadTls({ ...server, ca: strangers.ca })
    assert.equal((await visit(listener, session)).reused, false)
    assert.equal(accepted.socket.peer.tls?.authorized, false)
    assert.equal(accepted.socket.peer.tls?.certificate?.subject, 'CN=client,O=test')
  })

  /** One visit of a client that keeps sessions, which ours does not. */
  function visit(listener: Listener, session?: Buffer): Promise<{ session: Buffer | undefined; reused: boolean }> {
    const { cert, key } = client
    const options = { port: listener.port, servername: 'localhost', ca: authority.ca, cert, key }
    return new Promise((resolve, reject) => {
      let latest = session
      let reused = false
      const visitor = connectTls({ ...options, ...(session !== undefined && { session }) })
      visitor.on('session', (offered: Buffer) => {
        latest = offered
      })
      visitor.on('secureConnect', () => {
        reused = visitor.isSessionReused()
      })
      // By then the session ticket, which comes first, is there too.
      visitor.on('data', () => visitor.end())
      visitor.on('close', () => resolve({ session: latest, reused }))
      visitor.on('error', reject)
    })
  }

  it('keeps whom it trusts when a reload names nobody, and the file of a Unix socket', async () => {
    const folder = await makeTemporaryFolder()
    const path = join(folder.path, 'tls.sock')
    const accepted = new SocketRecorder()
    const tls = { ...server, clientCertificates: 'require' } as const
    const listener = await listen({ path, tls, handlers: accepted.handlers })
    const { cert, key } = await authority.issue('second')
    listener.reloadTls({ cert, key })
    const own = { cert: client.cert, key: client.key, ca: authority.ca, serverName: 'localhost' }
    const socket = await connect({ path, tls: own, state: undefined, handlers: new SocketRecorder().handlers })
    await accepted.until((recorder) => opens(recorder) === 1)
    assert.equal(socket.peer.tls?.certificate?.subject, 'CN=second,O=test')
    assert.equal(accepted.socket.peer.tls?.authorized, true)
    socket.destroy()
    await listener.close()
    await folder.remove()
  })

  it('does not ask for client certificates without saying whose to trust', async () => {
    const { cert, key } = server
    for (const clientCertificates of ['request', 'require'] as const) {
      const options = { tls: { cert, key, clientCertificates }, handlers: new SocketRecorder().handlers }
      await assert.rejects(listen(options), { code: 'BAD_CERTIFICATE', message: /whose to trust/ })
    }
  })

  it('keeps the old certificate when the new one is bad', async () => {
    const listener = await serving()
    assert.throws(() => listener.reloadTls({ cert: server.cert, key: client.key }), { code: 'BAD_CERTIFICATE' })
    const socket = await dial(listener)
    assert.equal(socket.peer.tls?.certificate?.subject, 'CN=server,O=test')
    socket.destroy()
  })

  const bad: { why: string; message: RegExp; identity(): TlsIdentity }[] = [
    { why: 'no PEM at all', message: /the certificate is not PEM/, identity: () => ({ cert: 'x', key: server.key }) },
    { why: 'no key', message: /the private key is not PEM/, identity: () => ({ cert: server.cert, key: 'x' }) },
    { why: 'a foreign key', message: /does not belong/, identity: () => ({ cert: server.cert, key: client.key }) },
    { why: 'a broken authority', message: /the authority is not PEM/, identity: () => ({ ...server, ca: 'x' }) },
  ]
  for (const { why, message, identity } of bad) {
    it(`says what is wrong with an identity: ${why}`, async () => {
      assert.throws(() => checkTlsIdentity(identity()), { code: 'BAD_CERTIFICATE', message })
      await assert.rejects(listen({ tls: identity(), handlers: new SocketRecorder().handlers }), {
        code: 'BAD_CERTIFICATE',
      })
    })
  }

  it('ends a handshake that takes too long', async () => {
    const accepted = new SocketRecorder()
    const listener = await serving({ handshakeTimeoutMs: 200 }, accepted)
    const idle = new SocketRecorder({ peerEnd: (socket) => socket.end() })
    await connect({ port: listener.port, state: undefined, handlers: idle.handlers })
    await idle.until(({ isClosed }) => isClosed)
    assert.deepEqual(accepted.events, [])
  })
})

describe('a certificate’s names', () => {
  const names = [
    { text: '', expected: [], why: 'a certificate may have none' },
    { text: 'DNS:a.test, DNS:b.test', expected: ['DNS:a.test', 'DNS:b.test'], why: 'several' },
    { text: 'IP Address:10.0.0.1', expected: ['IP:10.0.0.1'], why: 'one word for a kind' },
    {
      text: 'URI:"http://x/?a\\u002c DNS:evil.test", DNS:good.test',
      expected: ['URI:http://x/?a, DNS:evil.test', 'DNS:good.test'],
      why: 'a quoted value cannot smuggle a name in',
    },
  ]
  for (const { text, expected, why } of names) {
    it(`are read from ${JSON.stringify(text)} (${why})`, () => assert.deepEqual(alternativeNamesFrom(text), expected))
  }

  it('are written as RFC 4514 has them', () => {
    assert.equal(
      distinguishedNameFrom('C=NL\nO=a\\, b\nOU=x + OU=multi\nCN=server'),
      'CN=server,OU=x+OU=multi,O=a\\, b,C=NL',
    )
    assert.equal(distinguishedNameFrom(undefined), '')
  })
})
