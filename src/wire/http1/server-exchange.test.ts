import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Exchange, ResponseSink, UpgradedConnection } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { ScriptedClient, settled } from './scripted-client.fixture.ts'

const none = new HeaderList()
const get = (fields = '', method = 'GET'): string => `${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
const put = (body: string, fields = ''): string => get(`Content-Length: ${body.length}\r\n${fields}`, 'PUT') + body
const chunked = (body: string): string => get('Transfer-Encoding: chunked\r\n', 'PUT') + body
const dateLine = 'date: Tue, 01 Jan 2030 00:00:00 GMT\r\n'
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1')

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    return error instanceof ServiceError ? `${error.code} ${error.status}` : String(error)
  }
  return 'nothing thrown'
}

describe('the request of an exchange', () => {
  it('stays readable behind an await, though the receive buffer is used again', async () => {
    const seen: unknown[] = []
    const client = new ScriptedClient(async (exchange) => {
      await settled()
      const { head, pathStart, pathEnd } = exchange
      seen.push(
        text(head.subarray(pathStart, pathEnd)),
        exchange.header('b'),
        exchange.headerPairs(),
        exchange.authority,
      )
      exchange.respond(200, none)
    })
    client.send('GET /path HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\nGET /later HTTP/1.1\r\nHost: d\r\n\r\n')
    for (let turn = 0; turn < 4; turn++) await settled()
    assert.deepEqual(seen, ['/path', 'c', ['host', 'a', 'b', 'c'], 'a', '/later', undefined, ['host', 'd'], 'd'])
  })

  it('keeps the offsets that were taken before', async () => {
    let path = ''
    const client = new ScriptedClient(async (exchange) => {
      const { pathStart, pathEnd } = exchange
      await settled()
      path = text(exchange.head.subarray(pathStart, pathEnd))
      exchange.respond(200, none)
    })
    client.send(`${get()}GET /second HTTP/1.1\r\nHost: a\r\n\r\n`)
    for (let turn = 0; turn < 4; turn++) await settled()
    assert.equal(path, '/second')
  })

  it('says how it came', () => {
    const seen: string[] = []
    const handler = ({ scheme, httpVersion, peer }: Exchange): void =>
      void seen.push(`${scheme} ${httpVersion} ${peer.address}`)
    new ScriptedClient(handler).send(get())
    const tls = { alpnProtocol: 'http/1.1', serverName: 'a', authorized: false }
    new ScriptedClient(handler, {}, { address: '::1', port: 1, tls }).send('GET / HTTP/1.0\r\n\r\n')
    assert.deepEqual(seen, ['http 1.1 127.0.0.1', 'https 1.0 ::1'])
  })

  it('is gone when the exchange is over', async () => {
    let kept: Exchange | undefined
    const client = new ScriptedClient((exchange) => {
      kept = exchange
      exchange.respond(200, none)
    })
    client.send(get())
    assert.equal(await codeOf(() => kept?.header('host')), 'EXCHANGE_OVER 500')
    assert.equal(await codeOf(() => kept?.body), 'EXCHANGE_OVER 500')
    assert.equal(await codeOf(() => kept?.respond(200, none)), 'ALREADY_ANSWERED 500')
    assert.equal(kept?.head.length, 0)
  })

  it('may be read behind the answer until the handler ends', async () => {
    let host: string | undefined
    const client = new ScriptedClient(async (exchange) => {
      exchange.respond(200, none)
      await settled()
      host = exchange.header('host')
    })
    client.send(get() + get())
    assert.deepEqual(await client.statuses(), [200, 200])
    await settled()
    assert.equal(host, 'a')
    assert.equal(client.server.inFlight, 0)
  })
})

describe('a body', () => {
  const bodies: { why: string; request: string; expected: string }[] = [
    { why: 'none', request: get(), expected: '' },
    { why: 'by length', request: put('hello'), expected: 'hello' },
    { why: 'chunked', request: chunked('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'), expected: 'hello world' },
    { why: 'chunked in one', request: chunked('5\r\nhello\r\n0\r\n\r\n'), expected: 'hello' },
    { why: 'chunked and empty', request: chunked('0\r\n\r\n'), expected: '' },
  ]
  for (const { why, request, expected } of bodies) {
    it(`is given without a promise when it is there: ${why}`, () => {
      const seen: unknown[] = []
      const client = new ScriptedClient((exchange) => {
        const bytes = exchange.body.bytes()
        seen.push(bytes instanceof Promise, text(bytes as Uint8Array))
        exchange.respond(200, none)
      })
      client.send(request)
      assert.deepEqual(seen, [false, expected])
    })

    it(`is gathered when it comes byte by byte: ${why}`, async () => {
      let body = ''
      const client = new ScriptedClient(async (exchange) => {
        body = text(await exchange.body.bytes())
        exchange.respond(200, none)
      })
      await client.sendInPieces(
        request,
        Array.from(request, (_, index) => index),
      )
      assert.equal(body, expected)
      assert.deepEqual(await client.statuses(), [200])
    })

    it(`is read piece by piece: ${why}`, async () => {
      let body = ''
      const client = new ScriptedClient(async (exchange) => {
        for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
          // The piece must last until the next read, whatever arrives in between.
          await settled()
          body += text(piece)
        }
        exchange.respond(200, none)
      })
      for (let from = 0; from < request.length; from += 3) {
        client.send(request.slice(from, from + 3))
        await settled()
      }
      for (let turn = 0; turn < 20; turn++) await settled()
      assert.equal(body, expected)
      assert.deepEqual(await client.statuses(), [200])
    })
  }

  it('is lent as it was received, and its head stays where it was', () => {
    const seen: unknown[] = []
    const client = new ScriptedClient((exchange) => {
      const lent = exchange.body.borrow() as Uint8Array
      seen.push(text(lent), lent.buffer === exchange.head.buffer, exchange.header('host'))
      exchange.respond(200, none)
    })
    client.send(put('hello') + get())
    assert.deepEqual(seen, ['hello', true, 'a', '', false, 'a'])
  })

  it('may be lent although the handler then waits, which keeps the head', async () => {
    const seen: unknown[] = []
    const client = new ScriptedClient(async (exchange) => {
      seen.push(text(exchange.body.borrow() as Uint8Array))
      await settled()
      seen.push(exchange.header('host'))
      exchange.respond(200, none)
    })
    client.send(put('hello'))
    client.send(get())
    await settled()
    assert.deepEqual(await client.statuses(), [200, 200])
    assert.deepEqual(seen, ['hello', 'a', '', 'a'])
  })

  it('that has not arrived whole is not lent', async () => {
    const seen: unknown[] = []
    const client = new ScriptedClient(async (exchange) => {
      seen.push(exchange.body.borrow(), text(await exchange.body.bytes()))
      exchange.respond(200, none)
    })
    const request = put('hello')
    await client.sendInPieces(request, [request.length - 2])
    assert.deepEqual(await client.statuses(), [200])
    assert.deepEqual(seen, [undefined, 'hello'])
  })

  it('stays valid until the exchange is over', async () => {
    let body = ''
    const client = new ScriptedClient(async (exchange) => {
      const bytes = await exchange.body.bytes()
      await settled()
      body = text(bytes)
      exchange.respond(200, none)
    })
    client.send(put('hello') + get())
    await settled()
    client.send(get())
    await settled()
    assert.equal(body, 'hello')
  })

  it('larger than a megabyte is gathered in order', async () => {
    const piece = 'abcdefghij'.repeat(5_000)
    let body = ''
    const client = new ScriptedClient(
      async (exchange) => {
        assert.equal(exchange.body.length, 2_000_000)
        body = text(await exchange.body.bytes())
        exchange.respond(200, none)
      },
      { maxBodyBytes: 2_000_000 },
    )
    client.send(get('Content-Length: 2000000\r\n', 'PUT'))
    for (let sent = 0; sent < 40; sent++) client.send(piece)
    await settled()
    assert.equal(body === piece.repeat(40), true)
  })

  const failures: { why: string; request: string; code: string }[] = [
    { why: 'announced too large', request: get('Content-Length: 11\r\n', 'PUT'), code: 'BODY_TOO_LARGE 413' },
    { why: 'a chunk too large', request: chunked('b\r\n'), code: 'BODY_TOO_LARGE 413' },
    {
      why: 'chunks too large together',
      request: chunked('6\r\nhello1\r\n6\r\nhello2\r\n0\r\n\r\n'),
      code: 'BODY_TOO_LARGE 413',
    },
    { why: 'malformed', request: chunked('3\r\nabcd'), code: 'BAD_BODY 400' },
    { why: 'with malformed trailers', request: chunked('0\r\na b\r\n\r\n'), code: 'BAD_BODY 400' },
    { why: 'with trailers too large', request: chunked(`0\r\na: ${'b'.repeat(20_000)}`), code: 'BAD_BODY 431' },
  ]
  for (const { why, request, code } of failures) {
    it(`${why} fails, and ends the connection with the answer`, async () => {
      let thrown = ''
      const client = new ScriptedClient(
        async (exchange) => {
          thrown = await codeOf(() => exchange.body.bytes())
          exchange.respond(400, none)
        },
        { maxBodyBytes: 10 },
      )
      client.send(request)
      client.send('x')
      const answer = await client.answers()
      assert.equal(thrown, code)
      assert.match(answer, /connection: close/)
      assert.equal(client.socket.isEnded, true)
    })
  }

  it('may be allowed to be larger or smaller by a route', async () => {
    const client = new ScriptedClient(
      async (exchange) => {
        exchange.body.maxBytes = 5
        await exchange.body.bytes()
        exchange.respond(200, none)
      },
      { maxBodyBytes: 1 },
    )
    client.send(put('hello'))
    assert.deepEqual(await client.statuses(), [200])
    client.send(put('hello!'))
    assert.deepEqual(await client.statuses(), [413])
  })

  it('is pulled once', async () => {
    const codes: string[] = []
    const client = new ScriptedClient(async (exchange) => {
      await exchange.body.bytes()
      codes.push(await codeOf(() => exchange.body.bytes()), await codeOf(() => exchange.body.read()))
      exchange.respond(200, none)
    })
    client.send(put('hello'))
    await settled()
    assert.deepEqual(codes, ['BODY_CONSUMED 500', 'BODY_CONSUMED 500'])
  })

  it('has trailers once it was read', async () => {
    const seen: unknown[] = []
    const client = new ScriptedClient(async (exchange) => {
      seen.push(exchange.trailer('a'))
      await exchange.body.bytes()
      seen.push(exchange.trailer('a'), exchange.trailer('b'))
      exchange.respond(200, none)
    })
    client.send(chunked('0\r\nA: 1\r\na: 2\r\n\r\n'))
    await settled()
    assert.deepEqual(seen, [undefined, '1, 2', undefined])
  })

  it('holds the client back while nobody pulls', async () => {
    let pull = (): void => {}
    let received = 0
    const client = new ScriptedClient(async (exchange) => {
      await new Promise<void>((resolve) => {
        pull = resolve
      })
      for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
        received += piece.length
      }
      exchange.respond(200, none)
    })
    client.send(get('Content-Length: 100000\r\n', 'PUT'))
    client.send('x'.repeat(70_000))
    assert.equal(client.socket.isPaused, true)
    pull()
    await settled()
    assert.equal(client.socket.isPaused, false)
    client.send('x'.repeat(30_000))
    await settled()
    assert.equal(received, 100_000)
    assert.deepEqual(await client.statuses(), [200])
  })
})

describe('Expect: 100-continue', () => {
  const expecting = get('Content-Length: 5\r\nExpect: 100-Continue\r\n', 'PUT')

  it('is answered by 100 when the body is first asked for', async () => {
    const client = new ScriptedClient(async (exchange) => {
      await settled()
      exchange.respond(200, none, await exchange.body.bytes())
    })
    client.send(expecting)
    assert.equal(client.socket.received, '')
    await settled()
    assert.equal(await client.answers(), 'HTTP/1.1 100 Continue\r\n\r\n')
    client.send('hello')
    assert.match(await client.answers(), /^HTTP\/1\.1 200 .*hello$/s)
    assert.equal(client.socket.isEnded, false)
  })

  const cases: { why: string; request: string; statuses: number[]; closes: boolean }[] = [
    {
      why: 'is not answered when the body is there already',
      request: `${expecting}hello`,
      statuses: [200],
      closes: false,
    },
    {
      why: 'is ignored without a body',
      request: get('Expect: 100-continue\r\n'),
      statuses: [200],
      closes: false,
    },
    {
      why: 'is ignored in HTTP/1.0',
      request: 'PUT / HTTP/1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n',
      statuses: [],
      closes: false,
    },
  ]
  for (const { why, request, statuses, closes } of cases) {
    it(why, async () => {
      const client = new ScriptedClient(async (exchange) => exchange.respond(200, none, await exchange.body.bytes()))
      client.send(request)
      assert.deepEqual(await client.statuses(), statuses)
      assert.equal(client.socket.isEnded, closes)
    })
  }

  it('closes when it is answered without asking for the body, which may come or not', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(403, none))
    client.send(expecting)
    assert.match(await client.answers(), /^HTTP\/1\.1 403 .*connection: close\r\n/s)
    assert.equal(client.socket.isEnded, true)
  })
})

describe('a body that nobody reads', () => {
  const cases: { why: string; announced: number; sent: number; keeps: boolean }[] = [
    { why: 'is skipped when it is there', announced: 1_000, sent: 1_000, keeps: true },
    { why: 'is skipped when it comes later', announced: 1_000, sent: 10, keeps: true },
    { why: 'closes when it is large', announced: 500_000, sent: 10, keeps: false },
  ]
  for (const { why, announced, sent, keeps } of cases) {
    it(why, async () => {
      const client = new ScriptedClient((exchange) => exchange.respond(200, none))
      client.send(get(`Content-Length: ${announced}\r\n`, 'PUT') + 'x'.repeat(sent))
      client.send('x'.repeat(announced - sent))
      client.send(get())
      assert.deepEqual(await client.statuses(), keeps ? [200, 200] : [200])
      assert.equal(client.socket.isEnded, !keeps)
    })
  }

  it('is skipped when it is chunked and small, else the connection ends', async () => {
    const small = new ScriptedClient((exchange) => exchange.respond(200, none))
    small.send(chunked('5\r\nhello\r\n0\r\n\r\n') + get())
    assert.deepEqual(await small.statuses(), [200, 200])
    const large = new ScriptedClient((exchange) => exchange.respond(200, none))
    large.send(chunked(`20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n${get()}`))
    assert.deepEqual(await large.statuses(), [200])
    assert.equal(large.socket.isEnded, true)
  })

  it('may not be asked for behind the answer', async () => {
    let code = ''
    const client = new ScriptedClient(async (exchange) => {
      const { body } = exchange
      exchange.respond(200, none)
      code = await codeOf(() => body.bytes())
    })
    client.send(get('Content-Length: 5\r\n', 'PUT'))
    await settled()
    assert.equal(code, 'EXCHANGE_OVER 500')
  })
})

describe('a whole answer', () => {
  const fields = HeaderList.from([
    ['Content-Type', 'text/plain'],
    ['connection', 'x'],
    ['content-length', '99'],
    ['transfer-encoding', 'chunked'],
  ])
  const answers: { why: string; request: string; status: number; body: string | Uint8Array; expected: string }[] = [
    {
      why: 'has its length, and framing fields only from the engine',
      request: get(),
      status: 200,
      body: 'hello',
      expected: `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${dateLine}content-length: 5\r\n\r\nhello`,
    },
    {
      why: 'is sent as UTF-8',
      request: get(),
      status: 200,
      body: 'é€',
      expected: `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${dateLine}content-length: 5\r\n\r\n\xc3\xa9\xe2\x82\xac`,
    },
    {
      why: 'may be bytes',
      request: get(),
      status: 200,
      body: Uint8Array.of(0, 255),
      expected: `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${dateLine}content-length: 2\r\n\r\n\0\xff`,
    },
    {
      why: 'to HEAD has the length but no body',
      request: get('', 'HEAD'),
      status: 200,
      body: 'hello',
      expected: `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${dateLine}content-length: 5\r\n\r\n`,
    },
    {
      why: 'to HEAD may give the length by itself',
      request: get('', 'HEAD'),
      status: 200,
      body: '',
      expected: `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${dateLine}content-length: 99\r\n\r\n`,
    },
    {
      why: 'of 204 has neither length nor body',
      request: get(),
      status: 204,
      body: 'hello',
      expected: `HTTP/1.1 204 No Content\r\ncontent-type: text/plain\r\n${dateLine}\r\n`,
    },
    {
      why: 'of 304 has no body, and the length it was given',
      request: get(),
      status: 304,
      body: 'hello',
      expected: `HTTP/1.1 304 Not Modified\r\ncontent-type: text/plain\r\n${dateLine}content-length: 99\r\n\r\n`,
    },
    {
      why: 'may have an unknown status',
      request: get(),
      status: 299,
      body: '',
      expected: `HTTP/1.1 299 \r\ncontent-type: text/plain\r\n${dateLine}content-length: 0\r\n\r\n`,
    },
  ]
  for (const { why, request, status, body, expected } of answers) {
    it(why, async () => {
      const client = new ScriptedClient((exchange) => exchange.respond(status, fields, body))
      client.send(request)
      assert.equal(await client.answers(), expected)
    })
  }

  it('keeps a date that was given', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(200, HeaderList.from([['date', 'x']])))
    client.send(get())
    assert.equal((await client.answers()).match(/date: .*/g)?.join(), 'date: x')
  })

  it('closes when its fields say so', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(200, HeaderList.from([['connection', 'Close']])))
    client.send(get())
    assert.match(await client.answers(), /connection: close\r\n/)
    assert.equal(client.socket.isEnded, true)
  })

  it('is given once, with a status that can be sent', async () => {
    const codes: string[] = []
    const client = new ScriptedClient(async (exchange) => {
      for (const status of [100, 199, 1000, 2.5, Number.NaN]) {
        codes.push(await codeOf(() => exchange.respond(status, none)))
      }
      exchange.respond(200, none)
      codes.push(await codeOf(() => exchange.respond(200, none)), await codeOf(() => exchange.start(200, none)))
    })
    client.send(get())
    await settled()
    assert.deepEqual(codes, [
      ...Array<string>(5).fill('BAD_STATUS 500'),
      'ALREADY_ANSWERED 500',
      'ALREADY_ANSWERED 500',
    ])
  })

  it('of many bytes is not copied into a string', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(200, none, new Uint8Array(100_000).fill(0x61)))
    client.send(get())
    assert.equal(client.socket.writes, 2)
    assert.equal((await client.answers()).endsWith(`\r\n\r\n${'a'.repeat(100_000)}`), true)
  })
})

describe('an answer with one field of its own before shared ones', () => {
  const rows: { why: string; own: [string, string]; head: string; closes?: boolean }[] = [
    { why: 'an ordinary one', own: ['x-request-id', 'a1'], head: `${dateLine}x-request-id: a1\r\n` },
    { why: 'a date, once', own: ['date', 'today'], head: 'date: today\r\n' },
    { why: 'what the engine decides about', own: ['keep-alive', '9'], head: dateLine },
    { why: 'a wish to close', own: ['connection', 'close'], head: dateLine, closes: true },
  ]
  for (const { why, own, head, closes = false } of rows) {
    it(`is complete each time: ${why}`, async () => {
      const shared = HeaderList.from([['content-type', 'text/plain']])
      for (let turn = 0; turn < 4; turn++) {
        const client = new ScriptedClient((exchange) => {
          const headers = new HeaderList()
          headers.appendChecked(...own)
          headers.appendShared(shared)
          exchange.respond(200, headers, 'ok')
        })
        client.send(get())
        const sent = await client.answers()
        const expected = `HTTP/1.1 200 OK|content-type: text/plain|${head}content-length: 2|${closes ? 'connection: close|' : ''}|ok`
        assert.deepEqual(sent.split('\r\n').sort(), expected.replaceAll('\r\n', '|').split('|').sort())
      }
    })
  }
})

describe('an answer in pieces', () => {
  const streamed: { why: string; request: string; length?: number; expected: string }[] = [
    {
      why: 'is chunked',
      request: get(),
      expected: `${dateLine}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n\xc3\xa9\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n`,
    },
    {
      why: 'has the length that was announced',
      request: get(),
      length: 10,
      expected: `${dateLine}content-length: 10\r\n\r\nhello\xc3\xa9abc`,
    },
    {
      why: 'lasts until the connection closes in HTTP/1.0',
      request: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      expected: `${dateLine}connection: close\r\n\r\nhello\xc3\xa9abc`,
    },
    { why: 'to HEAD has only a head', request: get('', 'HEAD'), expected: `${dateLine}\r\n` },
    {
      why: 'to HEAD has the length',
      request: get('', 'HEAD'),
      length: 10,
      expected: `${dateLine}content-length: 10\r\n\r\n`,
    },
  ]
  for (const { why, request, length, expected } of streamed) {
    for (const isLater of [false, true]) {
      it(`${why}${isLater ? ', written later' : ''}`, async () => {
        const client = new ScriptedClient(async (exchange) => {
          if (isLater) await settled()
          const sink = exchange.start(200, none, length)
          await sink.write('hello')
          await sink.write('')
          if (isLater) await settled()
          void sink.write('é')
          void sink.write(Uint8Array.of(0x61, 0x62, 0x63))
          sink.end(HeaderList.from([['x', 'y']]))
        })
        client.send(request)
        for (let turn = 0; turn < 4; turn++) await settled()
        assert.equal(await client.answers(), `HTTP/1.1 200 OK\r\n${expected}`)
        assert.equal(client.socket.isEnded, expected.includes('close'))
        assert.equal(client.server.inFlight, 0)
      })
    }
  }

  it('shows its head at once, though the first piece comes later', async () => {
    const client = new ScriptedClient(async (exchange) => {
      await settled()
      exchange.start(200, none)
      await new Promise(() => {})
    })
    client.send(get())
    await settled()
    assert.deepEqual(await client.statuses(), [200])
  })

  it('waits for a client that does not keep up', async () => {
    let written = 0
    const client = new ScriptedClient(async (exchange) => {
      const sink = exchange.start(200, none)
      for (; written < 20; written++) await sink.write('x'.repeat(30_000))
      sink.end()
    })
    client.socket.capacityBytes = 100_000
    client.send(get())
    await settled()
    assert.ok(written < 8, `${written} pieces were written`)
    for (let turn = 0; turn < 20; turn++) {
      client.accept(100_000)
      await settled()
    }
    assert.equal(written, 20)
    assert.equal((await client.answers()).endsWith('\r\n0\r\n\r\n'), true)
  })

  it('can be ended by somebody else than the handler', async () => {
    let sink: ResponseSink | undefined
    const client = new ScriptedClient((exchange) => {
      sink = exchange.start(200, none)
    })
    client.send(get())
    assert.equal(client.server.inFlight, 1)
    void sink?.write('late')
    sink?.end()
    assert.match(await client.answers(), /4\r\nlate\r\n0\r\n\r\n$/)
    assert.equal(client.server.inFlight, 0)
    client.send(get())
    assert.deepEqual(await client.statuses(), [200])
  })

  const lengths: { why: string; pieces: string[]; code: string }[] = [
    { why: 'more than announced', pieces: ['hello', '!'], code: 'BAD_LENGTH 500' },
    { why: 'less than announced', pieces: ['hell'], code: 'BAD_LENGTH 500' },
  ]
  for (const { why, pieces, code } of lengths) {
    it(`is cut off when ${why} is written`, async () => {
      let thrown = ''
      const client = new ScriptedClient(async (exchange) => {
        const sink = exchange.start(200, none, 5)
        thrown = await codeOf(() => {
          for (const piece of pieces) void sink.write(piece)
          sink.end()
        })
        throw new Error('the handler gives up')
      })
      client.send(get())
      await settled()
      assert.equal(thrown, code)
      assert.equal(client.socket.isReset, true)
    })
  }

  it('is cut off when it is aborted', async () => {
    const client = new ScriptedClient((exchange) => {
      const sink = exchange.start(200, none)
      void sink.write('hello')
      sink.abort(new Error('no more'))
    })
    client.send(get())
    assert.equal((await client.answers()).includes('0\r\n\r\n'), false)
    assert.equal(client.socket.isReset, true)
    client.close()
    assert.equal(client.server.inFlight, 0)
  })

  it('goes on while the body is read', async () => {
    const client = new ScriptedClient(async (exchange) => {
      const sink = exchange.start(200, none)
      for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
        await sink.write(piece)
      }
      sink.end()
    })
    client.send(get('Transfer-Encoding: chunked\r\n', 'PUT'))
    client.send('3\r\nabc\r\n')
    assert.match(await client.answers(), /3\r\nabc\r\n$/)
    client.send('3\r\ndef\r\n0\r\n\r\n')
    await settled()
    assert.equal(await client.answers(), '3\r\ndef\r\n0\r\n\r\n')
    assert.equal(client.socket.isEnded, false)
  })
})

describe('interim answers', () => {
  const link = HeaderList.from([['link', '</a.css>']])
  const early = (exchange: Exchange): void => {
    exchange.informational(103, link)
    exchange.respond(200, none)
  }

  it('go before the answer', async () => {
    const client = new ScriptedClient(early)
    client.send(get())
    assert.match(await client.answers(), /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK/)
  })

  it('are not sent to HTTP/1.0', async () => {
    const client = new ScriptedClient(early)
    client.send('GET / HTTP/1.0\r\n\r\n')
    assert.deepEqual(await client.statuses(), [200])
  })

  it('have a status for it', async () => {
    let code = ''
    const client = new ScriptedClient(async (exchange) => {
      code = await codeOf(() => exchange.informational(101))
      exchange.respond(200, none)
    })
    client.send(get())
    await settled()
    assert.equal(code, 'BAD_STATUS 500')
  })
})

describe('a handler that fails', () => {
  const failures: {
    why: string
    handler: (exchange: Exchange) => void | Promise<void>
    status: number
    errors: number
  }[] = [
    {
      why: 'by a throw',
      handler: () => {
        throw new Error('secret')
      },
      status: 500,
      errors: 1,
    },
    { why: 'by a rejection', handler: () => Promise.reject(new Error('secret')), status: 500, errors: 1 },
    { why: 'by ending without an answer', handler: () => {}, status: 500, errors: 1 },
    { why: 'by ending later without an answer', handler: () => Promise.resolve(), status: 500, errors: 1 },
    {
      why: 'by an error that has a status',
      handler: () => {
        throw new ServiceError('TEAPOT', 'short and stout', { status: 418 })
      },
      status: 418,
      errors: 0,
    },
    {
      why: 'by an error whose status cannot be sent',
      handler: () => Promise.reject(new ServiceError('ODD', 'odd', { status: 0 })),
      status: 500,
      errors: 0,
    },
  ]
  for (const { why, handler, status, errors } of failures) {
    it(`${why} is answered and reported`, async () => {
      const client = new ScriptedClient(handler)
      client.send(get())
      const answer = await client.answers()
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.equal(answer.includes('secret'), false)
      assert.equal(client.errors.length, errors)
      assert.equal(client.server.inFlight, 0)
      client.send(get())
      assert.deepEqual(await client.statuses(), [status])
    })
  }

  it('in the middle of its answer is cut off', async () => {
    const client = new ScriptedClient(async (exchange) => {
      void exchange.start(200, none).write('hello')
      await settled()
      throw new Error('broken')
    })
    client.send(get())
    await settled()
    await settled()
    assert.equal(client.socket.isReset, true)
    assert.equal(client.errors.length, 1)
  })
})

describe('a client that goes away', () => {
  it('breaks nothing where a handler does not await what it started', async () => {
    const client = new ScriptedClient((exchange) => {
      void exchange.body.bytes()
      const sink = exchange.start(200, none)
      void sink.write('x'.repeat(100_000))
      void sink.write('x'.repeat(100_000))
    })
    client.socket.capacityBytes = 10
    client.send(get('Content-Length: 5\r\n', 'PUT'))
    // An unhandled rejection would end the process.
    client.close()
    await settled()
    assert.deepEqual(client.errors, [])
  })

  it('cancels the exchange, once', async () => {
    const reasons: string[] = []
    const client = new ScriptedClient(async (exchange) => {
      exchange.onCancel((reason) => reasons.push((reason as ServiceError).code))
      await settled()
      exchange.onCancel((reason) => reasons.push(`late ${(reason as ServiceError).code}`))
      exchange.respond(200, none)
    })
    client.send(get())
    client.close(new Error('ECONNRESET'))
    assert.deepEqual(reasons, ['CLIENT_GONE'])
    await settled()
    assert.deepEqual(reasons, ['CLIENT_GONE', 'late CLIENT_GONE'])
    assert.equal(client.server.inFlight, 0)
    assert.deepEqual(client.errors, [])
  })

  it('makes reading and writing fail', async () => {
    const codes: string[] = []
    const client = new ScriptedClient(async (exchange) => {
      codes.push(await codeOf(() => exchange.body.bytes()))
      const sink = exchange.start(200, none)
      codes.push(await codeOf(() => sink.write('x')))
      sink.end()
    })
    client.send(get('Content-Length: 5\r\n', 'PUT'))
    await settled()
    client.close()
    await settled()
    assert.deepEqual(codes, ['CLIENT_GONE 499', 'CLIENT_GONE 499'])
    assert.equal(client.server.inFlight, 0)
  })

  it('wakes up who waits for it to read', async () => {
    let code = ''
    const client = new ScriptedClient(async (exchange) => {
      const sink = exchange.start(200, none)
      code = await codeOf(async () => {
        while (true) await sink.write('x'.repeat(50_000))
      })
    })
    client.socket.capacityBytes = 10
    client.send(get())
    await settled()
    client.close()
    await settled()
    assert.equal(code, 'CLIENT_GONE 499')
  })

  it('cancels nothing that was answered', async () => {
    let isCancelled = false
    const client = new ScriptedClient(async (exchange) => {
      exchange.onCancel(() => {
        isCancelled = true
      })
      exchange.respond(200, none)
      await settled()
    })
    client.send(get())
    client.close()
    await settled()
    assert.equal(isCancelled, false)
  })

  it('does not break others when a listener throws', () => {
    const client = new ScriptedClient((exchange) => {
      exchange.onCancel(() => {
        throw new Error('listener')
      })
      return new Promise(() => {})
    })
    client.send(get())
    client.close()
    assert.equal(client.errors.length, 1)
  })
})

describe('an upgrade', () => {
  const asking = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'
  const chat = HeaderList.from([['upgrade', 'chat']])

  it('hands the connection over with what came early', async () => {
    let upgraded: UpgradedConnection | undefined
    const heard: string[] = []
    const client = new ScriptedClient((exchange) => {
      upgraded = exchange.upgrade?.(chat)
      if (upgraded === undefined) return
      upgraded.handlers = {
        data: (bytes) => heard.push(text(bytes)),
        end: () => heard.push('end'),
        close: () => heard.push('close'),
      }
      upgraded.write(Buffer.from('welcome'))
    })
    client.send(`${asking}early`)
    assert.equal(text(upgraded?.early), 'early')
    client.send('later')
    client.end()
    client.close()
    assert.equal(
      await client.answers(),
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: chat\r\nconnection: upgrade\r\n\r\nwelcome',
    )
    assert.deepEqual(heard, ['later', 'end', 'close'])
    assert.equal(client.server.inFlight, 0)
    assert.equal(client.clock.pendingTimers <= 1, true)
  })

  const refusals: { why: string; request: string }[] = [
    { why: 'nobody asked for', request: get() },
    { why: 'of HTTP/1.0', request: 'GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n' },
    { why: 'before the body was read', request: put('hello', 'Connection: Upgrade\r\nUpgrade: chat\r\n') },
  ]
  for (const { why, request } of refusals) {
    it(`${why} is refused`, async () => {
      const client = new ScriptedClient((exchange) => {
        exchange.upgrade?.(chat)
      })
      client.send(request)
      assert.deepEqual(await client.statuses(), [400])
    })
  }
})
