import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { HeaderList } from '../headers.ts'
import { bytesOf, ScriptedSocket } from '../scripted-socket.fixture.ts'
import { Http1ClientConnection } from './client-connection.ts'
import type { ClientRequest, ClientResponse } from './client-message.ts'
import { settled } from './scripted-client.fixture.ts'

/** A client connection whose server is the test. */
class Peer {
  readonly events: string[] = []
  readonly connection: Http1ClientConnection = new Http1ClientConnection({
    onFree: () => this.events.push('free'),
    onClose: () => this.events.push('close'),
  })
  readonly socket: ScriptedSocket<Http1ClientConnection> = new ScriptedSocket(this.connection)

  constructor() {
    this.connection.opened(this.socket)
  }

  request(request: Partial<ClientRequest> = {}): Promise<ClientResponse> {
    const response = this.connection.request({ method: 'GET', target: '/', authority: 'a', ...request })
    response.catch(() => {})
    return response
  }

  /** The server sends `text` in one event; the bytes are spoiled afterwards. */
  say(text: string): void {
    const bytes = bytesOf(text)
    this.connection.received(bytes)
    bytes.fill(0x58)
  }
}

async function bodyOf(response: ClientResponse): Promise<string> {
  return Buffer.from(await response.body.bytes()).toString('latin1')
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return error instanceof ServiceError ? error.code : String(error)
  }
  return 'nothing thrown'
}

describe('an outgoing request', () => {
  const host = 'host: a\r\n'
  const requests: { why: string; request: Partial<ClientRequest>; expected: string }[] = [
    { why: 'without body', request: {}, expected: `GET / HTTP/1.1\r\n${host}\r\n` },
    {
      why: 'with its own host',
      request: { headers: HeaderList.from([['Host', 'b']]) },
      expected: 'GET / HTTP/1.1\r\nhost: b\r\n\r\n',
    },
    {
      why: 'without framing fields of others',
      request: {
        headers: HeaderList.from([
          ['content-length', '9'],
          ['transfer-encoding', 'x'],
          ['connection', 'x'],
          ['b', 'c'],
        ]),
      },
      expected: `GET / HTTP/1.1\r\n${host}b: c\r\n\r\n`,
    },
    {
      why: 'with text',
      request: { method: 'POST', body: 'é' },
      expected: `POST / HTTP/1.1\r\n${host}content-length: 2\r\n\r\n\xc3\xa9`,
    },
    {
      why: 'with bytes',
      request: { method: 'PUT', body: Uint8Array.of(0, 255) },
      expected: `PUT / HTTP/1.1\r\n${host}content-length: 2\r\n\r\n\0\xff`,
    },
    {
      why: 'of a method that wants content, without',
      request: { method: 'POST' },
      expected: `POST / HTTP/1.1\r\n${host}content-length: 0\r\n\r\n`,
    },
    {
      why: 'that is the last',
      request: { headers: HeaderList.from([['connection', 'close']]) },
      expected: `GET / HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
    },
  ]
  for (const { why, request, expected } of requests) {
    it(`${why} is written`, async () => {
      const peer = new Peer()
      void peer.request(request)
      await settled()
      assert.equal(peer.socket.received, expected)
    })
  }

  const pieces = ['ab', '', 'cde']
  const pulled: { why: string; length?: number; expected: string }[] = [
    { why: 'in chunks', expected: '2\r\nab\r\n3\r\ncde\r\n0\r\nt: v\r\n\r\n' },
    { why: 'by length', length: 5, expected: 'abcde' },
  ]
  for (const { why, length, expected } of pulled) {
    it(`sends a body that is pulled ${why}`, async () => {
      const peer = new Peer()
      const rest = [...pieces]
      const read = async (): Promise<Uint8Array | undefined> => {
        await settled()
        const piece = rest.shift()
        return piece === undefined ? undefined : bytesOf(piece)
      }
      void peer.request({ method: 'POST', body: { length, read, trailers: () => HeaderList.from([['t', 'v']]) } })
      for (let turn = 0; turn < 8; turn++) await settled()
      assert.equal(peer.socket.received.split('\r\n\r\n').slice(1).join('\r\n\r\n'), expected)
    })
  }

  it('pulls its body at the pace of the server', async () => {
    const peer = new Peer()
    peer.socket.capacityBytes = 100
    let reads = 0
    const read = (): Uint8Array => {
      reads++
      return new Uint8Array(100)
    }
    void peer.request({ method: 'POST', body: { read } })
    await settled()
    assert.ok(reads < 4)
    peer.socket.accept(1_000)
    peer.connection.drained()
    await settled()
    assert.ok(reads > 4 && reads < 20)
    peer.connection.close()
    await settled()
  })

  const bad: { why: string; request: Partial<ClientRequest>; code: string }[] = [
    { why: 'a method that splits the request', request: { method: 'GET / HTTP/1.1\r\nX: ' }, code: 'BAD_REQUEST' },
    { why: 'no method', request: { method: '' }, code: 'BAD_REQUEST' },
    { why: 'a target with a space', request: { target: '/ HTTP/1.1' }, code: 'BAD_REQUEST' },
    { why: 'a target that is not encoded', request: { target: '/é' }, code: 'BAD_REQUEST' },
    { why: 'an authority with a line end', request: { authority: 'a\r\nb: c' }, code: 'BAD_HEADER' },
  ]
  for (const { why, request, code } of bad) {
    it(`is refused for ${why}`, async () => {
      const peer = new Peer()
      assert.equal(await codeOf(peer.request(request)), code)
      assert.equal(peer.socket.received, '')
      assert.equal(peer.connection.isFree, true)
    })
  }

  const lengths: { why: string; size: number }[] = [
    { why: 'too long', size: 6 },
    { why: 'too short', size: 4 },
  ]
  for (const { why, size } of lengths) {
    it(`fails when its body is ${why}`, async () => {
      const peer = new Peer()
      const rest = [new Uint8Array(size)]
      assert.equal(
        await codeOf(peer.request({ method: 'POST', body: { length: 5, read: () => rest.shift() } })),
        'BAD_LENGTH',
      )
      assert.equal(peer.socket.isDestroyed, true)
    })
  }

  it('fails with what its body throws', async () => {
    const peer = new Peer()
    const read = (): Promise<never> => Promise.reject(new Error('source'))
    assert.equal(await codeOf(peer.request({ method: 'POST', body: { read } })), 'Error: source')
  })
})

describe('an answer', () => {
  const answers: { why: string; text: string; method?: string; body: string; isFree: boolean }[] = [
    { why: 'by length', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello', isFree: true },
    {
      why: 'in chunks',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
      body: 'hello',
      isFree: true,
    },
    { why: 'without content', text: 'HTTP/1.1 204 No Content\r\n\r\n', body: '', isFree: true },
    {
      why: 'not modified, with a length that is not sent',
      text: 'HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n',
      body: '',
      isFree: true,
    },
    { why: 'to HEAD', method: 'HEAD', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', body: '', isFree: true },
    {
      why: 'that is the last',
      text: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
      body: 'hello',
      isFree: false,
    },
    { why: 'of HTTP/1.0', text: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello', isFree: false },
    {
      why: 'of HTTP/1.0 that stays',
      text: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
      body: 'hello',
      isFree: true,
    },
    {
      why: 'behind interim ones',
      text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      body: '',
      isFree: true,
    },
    {
      why: 'with more behind it than was asked for',
      text: 'HTTP/1.1 204 X\r\n\r\nHTTP/1.1 200 OK\r\n',
      body: '',
      isFree: false,
    },
  ]
  for (const { why, text, method = 'GET', body, isFree } of answers) {
    it(`${why} is read, however it is cut`, async () => {
      const everyByte = Array.from(text, (_, index) => index)
      for (const cuts of [[], everyByte, ...everyByte.map((cut) => [cut])]) {
        const peer = new Peer()
        const pending = peer.request({ method }).then(bodyOf)
        let from = 0
        for (const cut of [...cuts, text.length]) {
          if (cut > from) peer.say(text.slice(from, cut))
          from = cut
          // Bytes behind the answer find the connection free; they end it all the same.
          if (cuts.length > 1) await settled()
        }
        assert.equal(await pending, body)
        await settled()
        assert.equal(peer.connection.isFree, isFree, `cut at ${cuts.join()}`)
        assert.deepEqual(peer.events.at(-1), isFree ? 'free' : 'close')
      }
    })
  }

  it('that lasts until the connection closes is read to there', async () => {
    const peer = new Peer()
    const pending = peer.request().then(bodyOf)
    peer.say('HTTP/1.1 200 OK\r\n\r\nhel')
    peer.say('lo')
    peer.connection.peerEnded()
    assert.equal(await pending, 'hello')
    assert.deepEqual(peer.events, ['close'])
  })

  it('may be read after the server has closed', async () => {
    const peer = new Peer()
    const pending = peer.request()
    peer.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    peer.connection.peerEnded()
    peer.connection.closed(undefined)
    assert.equal(await bodyOf(await pending), 'hello')
    assert.deepEqual(peer.events, ['close'])
  })

  it('has its fields, trailers and interim answers', async () => {
    const peer = new Peer()
    const interim: string[] = []
    const pending = peer.request({
      onInformational: (status, headers) => interim.push(`${status} ${headers.get('link')}`),
    })
    peer.say('HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n')
    peer.say('Transfer-Encoding: chunked\r\n\r\n0\r\nT: v\r\n\r\n')
    const response = await pending
    assert.deepEqual(response.headers.getAll('set-cookie'), ['a', 'b'])
    assert.equal(response.trailer('t'), undefined)
    await response.body.bytes()
    assert.equal(response.trailer('t'), 'v')
    assert.deepEqual(interim, ['103 </a>'])
  })

  it('holds the server back while nobody reads', async () => {
    const peer = new Peer()
    const pending = peer.request()
    peer.say('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    peer.say('x'.repeat(70_000))
    assert.equal(peer.socket.isPaused, true)
    const body = bodyOf(await pending)
    assert.equal(peer.socket.isPaused, false)
    peer.say('x'.repeat(30_000))
    assert.equal((await body).length, 100_000)
  })

  it('that is not wanted is skipped where that is quick', async () => {
    const peer = new Peer()
    const pending = peer.request()
    peer.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    const response = await pending
    response.discard()
    peer.say('llo')
    assert.deepEqual(peer.events, ['free'])
    const second = peer.request()
    peer.say('HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n')
    ;(await second).discard()
    peer.say('x'.repeat(100_000))
    assert.deepEqual(peer.events, ['free', 'close'])
  })

  const failures: { why: string; text: string; code: string }[] = [
    { why: 'that is no HTTP', text: 'hello\r\n', code: 'BAD_RESPONSE' },
    { why: 'with a bad chunk', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx', code: 'BAD_RESPONSE' },
    { why: 'that switches protocols unasked', text: 'HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n', code: 'BAD_RESPONSE' },
    { why: 'that ends in its head', text: 'HTTP/1.1 200 OK\r\n', code: 'CONNECTION_LOST' },
    { why: 'that ends in its body', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', code: 'CONNECTION_LOST' },
    {
      why: 'that ends in a chunk',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe',
      code: 'CONNECTION_LOST',
    },
  ]
  for (const { why, text, code } of failures) {
    it(`${why} fails and ends the connection`, async () => {
      const peer = new Peer()
      const pending = peer.request().then(bodyOf)
      peer.say(text)
      peer.connection.peerEnded()
      assert.equal(await codeOf(pending), code)
      assert.equal(peer.connection.isClosed, true)
      assert.deepEqual(peer.events, ['close'])
    })
  }

  it('larger than allowed fails', async () => {
    const peer = new Peer()
    const pending = peer.request()
    peer.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    const response = await pending
    response.body.maxBytes = 4
    assert.equal(await codeOf(bodyOf(response)), 'RESPONSE_TOO_LARGE')
    assert.deepEqual(peer.events, ['close'])
  })
})

describe('a client connection', () => {
  it('takes one request at a time, and many in a row', async () => {
    const peer = new Peer()
    for (let turn = 1; turn <= 3; turn++) {
      const pending = peer.request()
      assert.equal(await codeOf(peer.request()), 'CONNECTION_BUSY')
      peer.say('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
      assert.equal(await bodyOf(await pending), 'hi')
      assert.equal(peer.connection.requests, turn)
    }
    assert.deepEqual(peer.events, ['free', 'free', 'free'])
  })

  it('ends when the server says something unasked', () => {
    const peer = new Peer()
    peer.say('HTTP/1.1 408 Request Timeout\r\n\r\n')
    assert.deepEqual(peer.events, ['close'])
    assert.equal(peer.socket.isDestroyed, true)
  })

  it('ends when the server does', () => {
    const peer = new Peer()
    peer.connection.peerEnded()
    assert.deepEqual(peer.events, ['close'])
  })

  it('is not used again when the answer came before the request was sent', async () => {
    const peer = new Peer()
    const pending = peer.request({ method: 'POST', body: { read: () => new Promise(() => {}) } })
    peer.say('HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\nno')
    assert.equal(await bodyOf(await pending), 'no')
    assert.deepEqual(peer.events, ['close'])
  })

  it('ends with the reason of a signal, before and behind the head of the answer', async () => {
    for (const isAnswered of [false, true]) {
      const peer = new Peer()
      const abort = new AbortController()
      const pending = peer.request({ signal: abort.signal })
      if (isAnswered) peer.say('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
      const body = isAnswered ? bodyOf(await pending) : pending
      abort.abort(new Error('enough'))
      assert.equal(await codeOf(body), 'Error: enough')
      assert.equal(peer.socket.isDestroyed, true)
    }
  })

  const losses: { why: string; request: Partial<ClientRequest>; text: string; retryable: boolean }[] = [
    { why: 'a GET that got nothing', request: {}, text: '', retryable: true },
    { why: 'a GET that got something', request: {}, text: 'HTTP/1.1', retryable: false },
    { why: 'a POST', request: { method: 'POST', body: 'x' }, text: '', retryable: false },
    { why: 'a PUT', request: { method: 'PUT', body: 'x' }, text: '', retryable: true },
    {
      why: 'a PUT whose body was pulled',
      request: { method: 'PUT', body: { read: () => undefined } },
      text: '',
      retryable: false,
    },
  ]
  for (const { why, request, text, retryable } of losses) {
    it(`says whether what was lost may be repeated: ${why}`, async () => {
      const peer = new Peer()
      const pending = peer.request(request)
      if (text !== '') peer.say(text)
      peer.connection.closed(new Error('ECONNRESET'))
      const error = await pending.catch((thrown: unknown) => thrown)
      assert.ok(error instanceof ServiceError)
      assert.equal(error.code, 'CONNECTION_LOST')
      assert.equal(error.retryable, retryable)
    })
  }

  it('hands itself over when the server switches protocols as asked', async () => {
    const peer = new Peer()
    const pending = peer.request({ headers: HeaderList.from([['upgrade', 'chat']]) })
    await settled()
    assert.match(peer.socket.take(), /connection: upgrade\r\n/)
    peer.say('HTTP/1.1 101 X\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nearly')
    const { upgraded, status } = await pending
    assert.equal(status, 101)
    assert.ok(upgraded)
    assert.equal(Buffer.from(upgraded.early).toString(), 'early')
    const heard: string[] = []
    upgraded.handlers = { data: (bytes) => heard.push(Buffer.from(bytes).toString()) }
    peer.say('later')
    upgraded.write(bytesOf('hello'))
    assert.deepEqual(heard, ['later'])
    assert.equal(peer.socket.take(), 'hello')
  })
})
