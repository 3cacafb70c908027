import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { HeaderList } from '../wire/headers.ts'
import { HttpClient } from './http-client.ts'
import { ok, type RawServer, startRawServer } from './raw-server.fixture.ts'
import { nextHop } from './redirects.ts'

describe('nextHop', () => {
  const methods = [
    { status: 301, method: 'POST', expected: 'GET', body: false, why: 'as browsers do it' },
    { status: 302, method: 'POST', expected: 'GET', body: false, why: 'as browsers do it' },
    { status: 302, method: 'PUT', expected: 'PUT', body: true, why: 'only POST is rewritten' },
    { status: 303, method: 'PUT', expected: 'GET', body: false, why: 'see other' },
    { status: 303, method: 'HEAD', expected: 'HEAD', body: false, why: 'HEAD stays HEAD' },
    { status: 307, method: 'POST', expected: 'POST', body: true, why: 'nothing changes' },
    { status: 308, method: 'DELETE', expected: 'DELETE', body: true, why: 'nothing changes' },
  ]
  const headers = HeaderList.from([
    ['content-type', 'text/plain'],
    ['authorization', 'Bearer t'],
    ['cookie', 'a=b'],
    ['x-api-key', 'k'],
    ['accept', '*/*'],
  ])
  const url = new URL('https://a.test/one?q=1')

  for (const { status, method, expected, body, why } of methods) {
    it(`${status} makes ${method} a ${expected}: ${why}`, () => {
      const next = nextHop({ url, method, headers, body: 'text' }, status, '/two')
      assert.equal(next?.method, expected)
      assert.equal(next?.body, body ? 'text' : undefined)
      assert.equal(next?.headers.has('content-type'), body)
      assert.equal(next?.url.href, 'https://a.test/two')
    })
  }

  const origins = [
    { location: '/two', keeps: true, why: 'the same origin' },
    { location: 'https://a.test:8443/', keeps: false, why: 'another port is another origin' },
    { location: 'https://b.test/', keeps: false, why: 'another host' },
    { location: '//b.test/', keeps: false, why: 'another host, without a scheme' },
  ]
  for (const { location, keeps, why } of origins) {
    it(`${keeps ? 'keeps' : 'drops'} credentials on the way to ${location}: ${why}`, () => {
      const next = nextHop({ url, method: 'GET', headers }, 302, location)
      for (const name of ['authorization', 'cookie', 'x-api-key']) assert.equal(next?.headers.has(name), keeps, name)
      assert.equal(next?.headers.get('accept'), '*/*')
    })
  }

  const taken = [
    { status: 200, location: '/x', why: 'no redirect' },
    { status: 304, location: '/x', why: 'not modified' },
    { status: 300, location: '/x', why: 'a choice for somebody' },
    { status: 302, location: undefined, why: 'leads nowhere' },
  ]
  for (const { status, location, why } of taken) {
    it(`takes ${status} as it is: ${why}`, () => {
      assert.equal(nextHop({ url, method: 'GET', headers }, status, location), undefined)
    })
  }

  it('never leads from https to http', () => {
    assert.throws(() => nextHop({ url, method: 'GET', headers }, 302, 'http://a.test/'), { code: 'REDIRECT_REFUSED' })
  })

  it('does not send a stream twice', () => {
    const body = { read: () => undefined }
    assert.throws(() => nextHop({ url, method: 'PUT', headers, body }, 307, '/two'), { code: 'REDIRECT_REFUSED' })
  })
})

describe('HttpClient and redirects', () => {
  let server: RawServer
  const http = new HttpClient()
  before(async () => {
    server = await startRawServer(({ text, socket }) => {
      const count = Number(/^GET \/(\d+)/.exec(text)?.[1] ?? 0)
      if (count === 0) socket.write(ok('"there"'))
      else socket.write(`HTTP/1.1 302 Found\r\nlocation: /${count - 1}\r\ncontent-length: 4\r\n\r\nmore`)
    })
  })
  after(async () => {
    http.close()
    await server.close()
  })

  it('are not followed unless that is asked for', async () => {
    const answer = await http.request(`${server.url}/1`)
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/0'])
    answer.cancel()
  })

  it('are followed as far as allowed, on the same connection', async () => {
    const before = server.accepted
    const answer = await http.request(`${server.url}/3`, { redirects: { max: 3 } })
    assert.equal(await answer.text(), '"there"')
    assert.ok(server.accepted <= before + 1)
  })

  it('and not further', async () => {
    await assert.rejects(http.request(`${server.url}/4`, { redirects: { max: 3 } }), { code: 'TOO_MANY_REDIRECTS' })
  })
})
