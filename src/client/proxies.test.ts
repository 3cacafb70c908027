import assert from 'node:assert/strict'
import { connect, createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../platform/test-authority.fixture.ts'
import type { EngineServer } from '../wire/engines/engine.ts'
import { socketsEngine } from '../wire/engines/sockets.ts'
import { HeaderList } from '../wire/headers.ts'
import { endpointOf } from './endpoint.ts'
import { HttpClient } from './http-client.ts'
import { Proxies, proxyOptionsIn } from './proxies.ts'
import { ok, type RawServer, startRawServer } from './raw-server.fixture.ts'

const skip = (await hasOpenssl()) ? false : 'needs the openssl command, which is not on this machine'

describe('proxies of the environment', () => {
  const table = [
    { env: {}, expected: undefined, why: 'none' },
    { env: { HTTP_PROXY: 'http://p:1' }, expected: { http: 'http://p:1' }, why: 'one for http' },
    {
      env: { HTTP_PROXY: 'http://a', http_proxy: 'http://b' },
      expected: { http: 'http://b' },
      why: 'small letters first',
    },
    {
      env: { HTTP_PROXY: 'http://a', REQUEST_METHOD: 'GET' },
      expected: undefined,
      why: 'a CGI program: it is a header',
    },
    {
      env: { HTTPS_PROXY: 'p:3128', NO_PROXY: '.svc' },
      expected: { https: 'p:3128', no: '.svc' },
      why: 'one for https, with exceptions',
    },
  ]
  for (const { env, expected, why } of table) it(why, () => assert.deepEqual(proxyOptionsIn(env), expected))

  const exceptions = [
    { no: 'example.com', url: 'http://example.com/', direct: true, why: 'itself' },
    { no: 'example.com', url: 'http://a.example.com/', direct: true, why: 'all below it' },
    { no: 'example.com', url: 'http://notexample.com/', direct: false, why: 'another name that ends so' },
    { no: '.example.com', url: 'http://example.com/', direct: false, why: 'only what is below' },
    { no: '*.example.com', url: 'http://a.example.com/', direct: true, why: 'the same in other words' },
    { no: 'a.test, b.test', url: 'http://b.test/', direct: true, why: 'several' },
    { no: 'a.test:81', url: 'http://a.test:81/', direct: true, why: 'with its port' },
    { no: 'a.test:81', url: 'http://a.test/', direct: false, why: 'another port' },
    { no: '10.0.0.0/8', url: 'http://10.1.2.3/', direct: true, why: 'a block of addresses' },
    { no: '10.0.0.0/8', url: 'http://11.1.2.3/', direct: false, why: 'outside of it' },
    { no: '2001:db8::/32', url: 'http://[2001:db8::1]/', direct: true, why: 'a block of IPv6' },
    { no: '*', url: 'http://a.test/', direct: true, why: 'everything' },
    { no: '', url: 'http://localhost/', direct: true, why: 'this machine, always' },
    { no: '', url: 'http://127.0.0.2/', direct: true, why: 'this machine, always' },
    { no: '', url: 'http://a.test/', direct: false, why: 'no exception' },
  ]
  for (const { no, url, direct, why } of exceptions) {
    it(`NO_PROXY '${no}' sends ${url} ${direct ? 'directly' : 'through the proxy'}: ${why}`, () => {
      const route = new Proxies({ http: 'http://proxy:3128', no }).route(endpointOf(new URL(url)))
      assert.equal(route.proxy === undefined, direct)
    })
  }

  for (const bad of ['https://p/', 'socks5://p/', 'http://']) {
    it(`refuses the proxy ${bad}`, () => assert.throws(() => new Proxies({ http: bad }), { code: 'BAD_PROXY' }))
  }

  it('keeps credentials out of keys', () => {
    const { key, proxy } = new Proxies({ http: 'http://me:secret@proxy:1' }).route(
      endpointOf(new URL('http://a.test/')),
    )
    assert.ok(!key.includes('secret'))
    assert.equal(proxy?.authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`)
  })
})

describe('calls through a proxy', { skip }, () => {
  let forward: RawServer
  let tunnel: Server
  let authority: TestAuthority
  let secure: EngineServer
  const heads: string[] = []
  let refusal: string | undefined

  before(async () => {
    forward = await startRawServer(({ text, socket }) => {
      heads.push(text)
      socket.write(ok('"through"'))
    })
    authority = await createTestAuthority()
    const handler = (exchange: Parameters<Parameters<typeof socketsEngine.listen>[0]['handler']>[0]): void => {
      exchange.respond(200, new HeaderList(), 'secured')
    }
    secure = await socketsEngine.listen({ handler, tls: await authority.issue('server') })
    // A proxy of its own: it connects wherever it is told, and that is this machine here.
    tunnel = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (bytes) => {
        heads.push(bytes.toString('latin1'))
        if (refusal !== undefined) {
          socket.end(refusal)
          return
        }
        const far = connect({ port: secure.port, host: '127.0.0.1' }, () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
          socket.pipe(far).pipe(socket)
        })
        far.on('error', () => socket.destroy())
      })
    })
    await new Promise<void>((done) => tunnel.listen(0, '127.0.0.1', done))
  })
  after(async () => {
    await forward.close()
    await secure.close()
    tunnel.close()
    await authority.close()
  })

  const tunnelUrl = (): string => `http://me:secret@127.0.0.1:${(tunnel.address() as { port: number }).port}`

  it('tell the proxy the whole URL for http, with its credentials', async () => {
    const http = new HttpClient({ proxies: { http: `http://me:secret@127.0.0.1:${forward.port}` } })
    assert.equal(await (await http.request('http://a.invalid:81/x?y=1')).text(), '"through"')
    const [head = ''] = heads.slice(-1)
    assert.ok(head.startsWith('GET http://a.invalid:81/x?y=1 HTTP/1.1\r\nhost: a.invalid:81\r\n'), head)
    assert.match(head, /proxy-authorization: Basic bWU6c2VjcmV0\r/)
    http.close()
  })

  it('go through a tunnel for https, and the certificate must be that of the host behind it', async () => {
    const http = new HttpClient({
      proxies: { https: tunnelUrl(), no: 'none' },
      tls: { ca: authority.ca, serverName: 'localhost' },
    })
    for (let call = 0; call < 3; call++)
      assert.equal(await (await http.request('https://a.invalid/')).text(), 'secured')
    assert.match(
      heads.at(-1) ?? '',
      /^CONNECT a\.invalid:443 HTTP\/1\.1\r\nhost: a\.invalid:443\r\nproxy-authorization: Basic/,
    )
    assert.equal(heads.filter((head) => head.startsWith('CONNECT')).length, 1, 'the connection was kept')
    http.close()
    const strict = new HttpClient({ proxies: { https: tunnelUrl() }, tls: { ca: authority.ca } })
    await assert.rejects(strict.request('https://a.invalid/'), { code: 'TLS_FAILED' })
    strict.close()
  })

  it('say what the proxy answered, and nothing of its credentials', async () => {
    refusal = 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'
    const http = new HttpClient({ proxies: { https: tunnelUrl() }, tls: { ca: authority.ca } })
    await assert.rejects(http.request('https://a.invalid/'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'PROXY_REFUSED')
      assert.match(error.message, /407/)
      assert.ok(!error.message.includes('secret'))
      return true
    })
    http.close()
  })
})
