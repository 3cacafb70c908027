import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { HttpClient } from './http-client.ts'
import { whyNotPublic } from './public-address.ts'
import { ok, type RawServer, startRawServer } from './raw-server.fixture.ts'
import { safeUrl } from './url-guard.ts'

const forbidden = { code: 'URL_FORBIDDEN', status: 400 }

describe('whyNotPublic', () => {
  const table = [
    { address: '93.184.215.14', isPublic: true, why: 'an ordinary one' },
    { address: '2606:2800:21f:cb07:6820:80da:af6b:8b2c', isPublic: true, why: 'an ordinary one' },
    { address: '127.0.0.1', isPublic: false, why: 'loopback' },
    { address: '127.255.255.254', isPublic: false, why: 'all of 127/8 is loopback' },
    { address: '::1', isPublic: false, why: 'loopback' },
    { address: '0.0.0.0', isPublic: false, why: 'connects to this host' },
    { address: '::', isPublic: false, why: 'connects to this host' },
    { address: '10.255.0.1', isPublic: false, why: 'private' },
    { address: '172.16.0.1', isPublic: false, why: 'the first private one of 172.16/12' },
    { address: '172.15.255.255', isPublic: true, why: 'the last one before it' },
    { address: '172.31.255.255', isPublic: false, why: 'the last private one' },
    { address: '172.32.0.0', isPublic: true, why: 'the first one behind it' },
    { address: '192.168.1.1', isPublic: false, why: 'private' },
    { address: '169.254.169.254', isPublic: false, why: 'metadata of most clouds' },
    { address: '168.63.129.16', isPublic: false, why: 'metadata of Azure, in a public range' },
    { address: '100.100.100.200', isPublic: false, why: 'CGNAT, and metadata of Alibaba' },
    { address: '100.128.0.1', isPublic: true, why: 'behind CGNAT' },
    { address: '192.0.0.192', isPublic: false, why: 'metadata of Oracle' },
    { address: '198.18.0.1', isPublic: false, why: 'for benchmarks' },
    { address: '203.0.113.7', isPublic: false, why: 'documentation' },
    { address: '224.0.0.1', isPublic: false, why: 'multicast' },
    { address: '255.255.255.255', isPublic: false, why: 'broadcast' },
    { address: '::ffff:10.0.0.1', isPublic: false, why: 'an IPv4 address in IPv6 clothes' },
    { address: '::ffff:a9fe:a9fe', isPublic: false, why: 'the same in hexadecimal' },
    { address: '::ffff:93.184.215.14', isPublic: true, why: 'a public one in IPv6 clothes' },
    { address: '::127.0.0.1', isPublic: false, why: 'IPv4-compatible, long abandoned' },
    { address: '64:ff9b::7f00:1', isPublic: false, why: 'NAT64 of loopback' },
    { address: '64:ff9b::a9fe:a9fe', isPublic: false, why: 'NAT64 of metadata' },
    { address: '64:ff9b::5db8:d70e', isPublic: true, why: 'NAT64 of a public one' },
    { address: '64:ff9b:1::7f00:1', isPublic: false, why: 'NAT64 with a prefix of its own' },
    { address: '2002:7f00:1::', isPublic: false, why: '6to4 of loopback' },
    { address: '2001:0:7f00:1::', isPublic: false, why: 'Teredo' },
    { address: '2001:db8::1', isPublic: false, why: 'documentation' },
    { address: 'fd00:ec2::254', isPublic: false, why: 'metadata of AWS over IPv6' },
    { address: 'fe80::1%eth0', isPublic: false, why: 'link-local with its interface' },
    { address: 'fec0::1', isPublic: false, why: 'site-local, long abandoned' },
    { address: 'ff02::1', isPublic: false, why: 'multicast' },
    { address: '4000::1', isPublic: false, why: 'not handed out' },
    { address: 'localhost', isPublic: false, why: 'no address at all' },
  ]
  for (const { address, isPublic, why } of table) {
    it(`${address} is ${isPublic ? '' : 'not '}public: ${why}`, () => {
      assert.equal(whyNotPublic(address) === undefined, isPublic)
    })
  }
})

describe('safeUrl', () => {
  const at =
    (...addresses: string[]) =>
    async (): Promise<string[]> =>
      addresses

  const forms = [
    { url: 'http://2130706433/', why: 'one decimal number' },
    { url: 'http://0x7f000001/', why: 'one hexadecimal number' },
    { url: 'http://0177.0.0.1/', why: 'octal' },
    { url: 'http://0x7f.1/', why: 'two parts' },
    { url: 'http://127.1/', why: 'two parts' },
    { url: 'http://①②⑦.⓪.⓪.①/', why: 'digits in circles' },
    { url: 'http://127。0。0。1/', why: 'ideographic full stops' },
    { url: 'http://[::ffff:127.0.0.1]/', why: 'IPv4 in IPv6 clothes' },
    { url: 'http://[::]/', why: 'this host' },
    { url: 'http://[fe80::1]/', why: 'link-local' },
    { url: 'http://169.254.169.254/latest/meta-data/', why: 'metadata' },
    { url: 'http://localhost/', why: 'a name that the system knows' },
    { url: 'http://localhost./', why: 'the same, fully qualified' },
  ]
  for (const { url, why } of forms) {
    it(`refuses ${url}: ${why}`, async () => {
      const refused = await safeUrl(url).catch((error: { code: string }) => error.code)
      // A system need not know the name; then there is nothing to connect to either.
      assert.ok(
        refused === 'URL_FORBIDDEN' || (url.includes('localhost.') && refused === 'CONNECT_FAILED'),
        `${refused}`,
      )
    })
  }

  it('refuses a name with an inner address beside public ones', async () => {
    await assert.rejects(safeUrl('https://a.test/', { lookUp: at('93.184.215.14', '10.0.0.1') }), forbidden)
  })

  it('gives the addresses that were checked', async () => {
    const { addresses } = await safeUrl('https://a.test/', { lookUp: at('93.184.215.14') })
    assert.deepEqual(addresses, ['93.184.215.14'])
  })

  it('refuses ports besides those of the web, and takes those that are allowed', async () => {
    const lookUp = at('93.184.215.14')
    await assert.rejects(safeUrl('http://a.test:6379/', { lookUp }), forbidden)
    await safeUrl('http://a.test:8080/', { lookUp, ports: [8080] })
  })

  for (const url of ['file:///etc/passwd', 'gopher://a.test/', 'http://user:secret@a.test/']) {
    it(`refuses ${url.replace('secret', '…')}`, () => assert.rejects(safeUrl(url), { code: 'BAD_URL' }))
  }

  it('does not tell the address', async () => {
    await assert.rejects(safeUrl('https://a.test/', { lookUp: at('10.1.2.3') }), (error: Error) => {
      return !error.message.includes('10.1.2.3')
    })
  })
})

describe('HttpClient with a guard', () => {
  let server: RawServer
  const heads: string[] = []
  const http = new HttpClient({ proxies: 'none' })

  before(async () => {
    server = await startRawServer(({ text, socket }) => {
      heads.push(text)
      if (text.startsWith('GET /away'))
        socket.write('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n')
      else socket.write(ok('{}'))
    })
  })
  after(async () => {
    http.close()
    await server.close()
  })
  const allowed = (lookUp = async () => ['127.0.0.1']) => ({ ports: [server.port], allow: ['127.0.0.1'], lookUp })

  it('looks a name up once and connects to what was checked, whatever the name means a moment later', async () => {
    let lookUps = 0
    const guard = allowed(async () => {
      lookUps++
      return ['127.0.0.1']
    })
    // Nobody else knows this name: only the checked address can have been called.
    const answer = await http.request(`http://rebinding.invalid:${server.port}/x`, { guard })
    assert.equal(await answer.text(), '{}')
    assert.equal(lookUps, 1)
    assert.match(heads.at(-1) ?? '', new RegExp(`host: rebinding.invalid:${server.port}\\r`))
  })

  it('tells a stranger nothing of our traces and deadlines', async () => {
    await (await http.request(`http://a.invalid:${server.port}/x`, { guard: allowed() })).text()
    assert.doesNotMatch(heads.at(-1) ?? '', /traceparent|x-request-timeout|baggage/i)
  })

  it('checks redirects again', async () => {
    const asking = http.request(`http://a.invalid:${server.port}/away`, { guard: allowed(), redirects: { max: 3 } })
    await assert.rejects(asking, forbidden)
  })

  it('ends the waiting for a look-up with the deadline', async () => {
    const guard = allowed(() => new Promise(() => {}))
    await assert.rejects(http.request(`http://a.invalid:${server.port}/`, { guard, timeoutMs: 20 }), {
      code: 'DEADLINE_EXCEEDED',
    })
  })
})
