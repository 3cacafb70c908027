import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { ScriptedClient, settled } from './scripted-client.fixture.ts'

const none = new HeaderList()
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`

/** Answers with the method, the target and the body, without a promise if it can. */
function echo(exchange: Exchange): void | Promise<void> {
  const body = exchange.body.bytes()
  if (!(body instanceof Promise)) return answerEcho(exchange, body)
  return body.then((bytes) => answerEcho(exchange, bytes))
}

function answerEcho(exchange: Exchange, body: Uint8Array): void {
  const { head, pathStart, pathEnd, queryStart, queryEnd } = exchange
  const path = Buffer.from(head.subarray(pathStart, pathEnd)).toString('latin1')
  const query = Buffer.from(head.subarray(queryStart, queryEnd)).toString('latin1')
  exchange.respond(200, none, `${exchange.method} ${path}?${query} ${Buffer.from(body).toString('latin1')}`)
}

const lazyEcho = async (exchange: Exchange): Promise<void> => {
  await settled()
  await echo(exchange)
}

function answerOf(body: string, fields = ''): string {
  return `HTTP/1.1 200 OK\r\ndate: Tue, 01 Jan 2030 00:00:00 GMT\r\ncontent-length: ${body.length}\r\n${fields}\r\n${body}`
}

describe('a connection', () => {
  it('answers a request and waits for the next', async () => {
    const client = new ScriptedClient(echo)
    client.send(get('/a?b=c'))
    assert.equal(await client.answers(), answerOf('GET /a?b=c '))
    client.send(get('/d'))
    assert.equal(await client.answers(), answerOf('GET /d? '))
    assert.equal(client.socket.isEnded, false)
    assert.equal(client.server.inFlight, 0)
  })

  it('answers pipelined requests in order and in one write', async () => {
    const client = new ScriptedClient(echo)
    client.send(get('/1') + get('/2') + get('/3'))
    assert.equal(client.socket.writes, 1)
    assert.equal(await client.answers(), answerOf('GET /1? ') + answerOf('GET /2? ') + answerOf('GET /3? '))
  })

  it('keeps the order when earlier answers come later', async () => {
    const delays = [3, 1, 2]
    const client = new ScriptedClient(async (exchange) => {
      for (let turns = delays.shift() ?? 0; turns > 0; turns--) await settled()
      answerEcho(exchange, new Uint8Array(0))
    })
    client.send(get('/1') + get('/2') + get('/3'))
    for (let turn = 0; turn < 12; turn++) await settled()
    assert.equal(await client.answers(), answerOf('GET /1? ') + answerOf('GET /2? ') + answerOf('GET /3? '))
  })

  it('starts no request before the one in front of it is answered', async () => {
    let running = 0
    const client = new ScriptedClient(async (exchange) => {
      assert.equal(++running, 1)
      await settled()
      running--
      exchange.respond(200, none)
    })
    client.send(get('/').repeat(5))
    for (let turn = 0; turn < 12; turn++) await settled()
    assert.deepEqual(await client.statuses(), [200, 200, 200, 200, 200])
  })

  const conversations: { why: string; text: string }[] = [
    { why: 'three requests in a row', text: get('/1') + get('/2?x', 'A: b\r\n') + get('/3') },
    { why: 'bodies by length', text: `PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/2')}` },
    {
      why: 'a chunked body with trailers',
      text: `PUT /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\n wo\r\n0\r\nA: b\r\n\r\n${get('/2')}`,
    },
    { why: 'empty lines between requests', text: `${get('/1')}\r\n${get('/2')}` },
    { why: 'a bad request behind a good one', text: `${get('/1')}GET / HTTP/1.1\nHost: a\r\n\r\n${get('/3')}` },
    { why: 'a last request and more behind it', text: get('/1', 'Connection: close\r\n') + get('/2') },
    {
      why: 'a bad chunk',
      text: 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
    },
    { why: 'an absolute target', text: 'GET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n' },
  ]
  for (const { why, text } of conversations) {
    for (const handler of [echo, lazyEcho]) {
      it(`answers the same however the bytes are cut: ${why}, ${handler === echo ? 'at once' : 'later'}`, async () => {
        const whole = new ScriptedClient(handler)
        whole.send(text)
        for (let turn = 0; turn < 8; turn++) await settled()
        const expected = await whole.answers()
        const everyByte = Array.from(text, (_, index) => index)
        for (const cuts of [everyByte, ...everyByte.map((cut) => [cut])]) {
          const client = new ScriptedClient(handler)
          await client.sendInPieces(text, cuts)
          for (let turn = 0; turn < 8; turn++) await settled()
          assert.equal(await client.answers(), expected, `cut at ${cuts.join()}`)
          assert.equal(client.socket.isEnded, whole.socket.isEnded)
          assert.deepEqual(client.errors, [])
        }
      })
    }
  }

  it('holds a client back that sends more than is read', async () => {
    let answer = (): void => {}
    const client = new ScriptedClient(
      (exchange) =>
        new Promise((resolve) => {
          answer = () => {
            exchange.respond(200, none)
            resolve()
          }
        }),
    )
    client.send(get('/'))
    client.send(get('/', `A: ${'b'.repeat(1_000)}\r\n`).repeat(70))
    assert.equal(client.socket.isPaused, true)
    answer()
    await settled()
    assert.equal((await client.statuses()).length, 1)
    for (let turn = 0; turn < 70; turn++) {
      answer()
      await settled()
    }
    assert.equal(client.socket.isPaused, false)
    assert.equal((await client.statuses()).length, 70)
  })

  it('answers no further pipelined request while the client does not read', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(200, none, 'x'.repeat(70_000)))
    client.socket.capacityBytes = 10
    client.send(get('/').repeat(10))
    assert.ok(client.socket.queuedBytes < 150_000)
    assert.ok(client.server.inFlight <= 1)
    for (let turn = 0; turn < 12; turn++) client.accept()
    assert.equal((await client.statuses()).length, 10)
  })
})

describe('the end of a connection', () => {
  const endings: { why: string; text: string; statuses: number[]; closes: boolean; says: string }[] = [
    { why: 'HTTP/1.1 stays open', text: get('/'), statuses: [200], closes: false, says: '' },
    {
      why: 'HTTP/1.1 closes when told',
      text: get('/', 'Connection: close\r\n'),
      statuses: [200],
      closes: true,
      says: 'close',
    },
    { why: 'HTTP/1.0 closes', text: 'GET / HTTP/1.0\r\n\r\n', statuses: [200], closes: true, says: 'close' },
    {
      why: 'HTTP/1.0 stays open when asked to',
      text: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      statuses: [200],
      closes: false,
      says: 'keep-alive',
    },
    {
      why: 'close wins over keep-alive',
      text: get('/', 'Connection: keep-alive, close\r\n'),
      statuses: [200],
      closes: true,
      says: 'close',
    },
    {
      why: 'nothing is answered behind the last request',
      text: `GET / HTTP/1.0\r\n\r\n${get('/')}`,
      statuses: [200],
      closes: true,
      says: 'close',
    },
    { why: 'a refused request closes', text: 'GET / HTTP/1.1\r\n\r\n', statuses: [400], closes: true, says: 'close' },
    {
      why: 'an unknown expectation is refused',
      text: get('/', 'Expect: magic\r\n'),
      statuses: [417],
      closes: true,
      says: 'close',
    },
    { why: 'another version is refused', text: 'GET / HTTP/3.0\r\n\r\n', statuses: [505], closes: true, says: 'close' },
  ]
  for (const { why, text, statuses, closes, says } of endings) {
    it(why, async () => {
      const client = new ScriptedClient(echo)
      client.send(text)
      const answers = await client.answers()
      assert.deepEqual(
        Array.from(answers.matchAll(/HTTP\/1\.1 (\d+)/g), (match) => Number(match[1])),
        statuses,
      )
      assert.equal(/connection: (.*)\r\n/.exec(answers)?.[1] ?? '', says)
      assert.equal(client.socket.isEnded, closes)
    })
  }

  it('tells a refused client why, as a problem', async () => {
    const client = new ScriptedClient(echo)
    client.send('GET / HTTP/1.1\r\nHost : a\r\n\r\n')
    const [head, body] = (await client.answers()).split('\r\n\r\n')
    assert.match(head ?? '', /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/)
    const problem = JSON.parse(body ?? '')
    assert.equal(problem.code, 'BAD_FIELD')
    assert.equal(problem.status, 400)
    assert.equal(problem.title, 'Bad Request')
    assert.match(head ?? '', new RegExp(`content-length: ${body?.length}`))
    assert.deepEqual(client.refused, ['BAD_FIELD'])
    assert.deepEqual(client.errors, [])
  })

  it('refuses a HEAD without a body', async () => {
    const client = new ScriptedClient(echo)
    client.send('HEAD / HTTP/1.1\r\n\r\n')
    const answer = await client.answers()
    assert.match(answer, /^HTTP\/1\.1 400 .*\r\n\r\n$/s)
    assert.match(answer, /content-length: [1-9]/)
  })

  it('lingers behind a refusal: what a client still sends is dropped, then it closes', async () => {
    const client = new ScriptedClient(echo)
    client.send('BAD\r\n')
    assert.equal(client.socket.isEnded, true)
    client.send('x'.repeat(100_000))
    assert.equal(client.socket.isDestroyed, false)
    assert.deepEqual(await client.statuses(), [400])
    await client.clock.advance(3_000)
    assert.equal(client.socket.isDestroyed, true)
  })

  it('lingers only for so many bytes', () => {
    const client = new ScriptedClient(echo)
    client.send('BAD\r\n')
    for (let sent = 0; sent < 5; sent++) client.send('x'.repeat(1024 * 1024))
    assert.equal(client.socket.isDestroyed, true)
  })

  it('gives a slow client the time to read its last answer', async () => {
    const client = new ScriptedClient((exchange) => exchange.respond(200, none, 'x'.repeat(100_000)))
    client.socket.capacityBytes = 10
    client.socket.leavesLater = true
    client.send(get('/', 'Connection: close\r\n'))
    for (let turn = 0; turn < 4; turn++) {
      await client.clock.advance(20_000)
      client.accept(10_000)
    }
    assert.equal(client.socket.isDestroyed, false)
    client.accept()
    await client.clock.advance(3_000)
    assert.equal(client.socket.isDestroyed, true)
    assert.equal((await client.answers()).length > 100_000, true)
  })
})

describe('a client that half-closes', () => {
  it('gets the answer to a complete request', async () => {
    const client = new ScriptedClient(lazyEcho)
    client.send(get('/1'))
    client.end()
    assert.equal(client.socket.isEnded, false)
    await settled()
    assert.equal(await client.answers(), answerOf('GET /1? '))
    assert.equal(client.socket.isEnded, true)
  })

  it('gets the answers to all its complete requests', async () => {
    const client = new ScriptedClient(lazyEcho)
    client.send(get('/1') + get('/2'))
    client.end()
    for (let turn = 0; turn < 6; turn++) await settled()
    assert.equal(await client.answers(), answerOf('GET /1? ') + answerOf('GET /2? '))
    assert.equal(client.socket.isEnded, true)
  })

  it('is refused in the middle of a head', async () => {
    const client = new ScriptedClient(echo)
    client.send('GET / HT')
    client.end()
    assert.deepEqual(await client.statuses(), [400])
    assert.deepEqual(client.refused, ['REQUEST_TRUNCATED'])
    assert.equal(client.socket.isEnded, true)
  })

  it('is refused in the middle of a body', async () => {
    const client = new ScriptedClient(echo)
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello')
    client.end()
    assert.deepEqual(await client.statuses(), [400])
    assert.equal(client.socket.isEnded, true)
    assert.deepEqual(client.errors, [])
  })

  it('between two requests is closed without a word', async () => {
    const client = new ScriptedClient(echo)
    client.send(get('/'))
    await client.answers()
    client.end()
    assert.equal(await client.answers(), '')
    assert.equal(client.socket.isEnded, true)
  })
})

describe('time', () => {
  const timeouts: { why: string; steps: (client: ScriptedClient) => Promise<void>; statuses: number[] }[] = [
    {
      why: 'a head that does not end in 10 s',
      steps: async (client) => {
        for (let sent = 0; sent < 11; sent++) {
          client.send(sent === 0 ? 'GET / HTTP/1.1\r\n' : 'a: b\r\n')
          await client.clock.advance(1_000)
        }
      },
      statuses: [408],
    },
    {
      why: 'a body that stops for 30 s',
      steps: async (client) => {
        client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n')
        for (let sent = 0; sent < 3; sent++) {
          await client.clock.advance(25_000)
          client.send('x')
        }
        assert.deepEqual(await client.statuses(), [])
        await client.clock.advance(31_000)
      },
      statuses: [408],
    },
    {
      why: 'a connection that says nothing for 75 s',
      steps: (client) => client.clock.advance(76_000),
      statuses: [],
    },
    {
      why: 'a connection that is idle for 75 s behind an answer',
      steps: async (client) => {
        await client.clock.advance(60_000)
        client.send(get('/'))
        assert.deepEqual(await client.statuses(), [200])
        await client.clock.advance(60_000)
        client.send('\r\n')
        assert.equal(client.socket.isEnded, false)
        await client.clock.advance(16_000)
      },
      statuses: [],
    },
  ]
  for (const { why, steps, statuses } of timeouts) {
    it(`ends ${why}`, async () => {
      const client = new ScriptedClient(echo)
      await steps(client)
      assert.deepEqual(await client.statuses(), statuses)
      assert.equal(client.socket.isEnded, true)
      await client.clock.advance(3_000)
      assert.equal(client.socket.isDestroyed, true)
      client.close()
      await client.clock.advance(1_000)
      assert.equal(client.clock.pendingTimers, 0)
    })
  }

  it('does not run while a handler works', async () => {
    let answer = (): void => {}
    const client = new ScriptedClient(
      (exchange) =>
        new Promise((resolve) => {
          answer = () => resolve(exchange.respond(200, none))
        }),
    )
    client.send(get('/'))
    await client.clock.advance(3_600_000)
    answer()
    assert.deepEqual(await client.statuses(), [200])
  })

  for (const [leavesLater, known] of [
    [false, 'known at once'],
    [true, 'known at the end of the turn'],
  ] as const) {
    it(`resets a client that takes nothing of its answer for 30 s, ${known}`, async () => {
      const client = new ScriptedClient((exchange) => exchange.respond(200, none, 'x'.repeat(100_000)))
      client.socket.capacityBytes = 10
      client.socket.leavesLater = leavesLater
      client.send(get('/'))
      await client.clock.advance(25_000)
      client.accept(1_000)
      await client.clock.advance(30_000)
      assert.equal(client.socket.isDestroyed, false)
      await client.clock.advance(31_000)
      assert.equal(client.socket.isReset, true)
    })

    it(`goes on behind an answer that was taken slowly, ${known}`, async () => {
      for (const next of ['', 'GET / HT']) {
        const client = new ScriptedClient((exchange) => exchange.respond(200, none, 'x'.repeat(100_000)))
        client.socket.capacityBytes = 10
        client.socket.leavesLater = leavesLater
        client.send(get('/') + next)
        await client.clock.advance(20_000)
        client.accept()
        await client.clock.advance(9_000)
        assert.equal(client.socket.isEnded, false)
        await client.clock.advance(next === '' ? 67_000 : 2_000)
        assert.equal(client.socket.isEnded, true)
      }
    })
  }

  it('renews the date once a second', async () => {
    const client = new ScriptedClient(echo)
    client.send(get('/'))
    await client.clock.advance(1_000)
    client.send(get('/'))
    const dates = Array.from((await client.answers()).matchAll(/date: (.*)\r\n/g), (match) => match[1])
    assert.deepEqual(dates, ['Tue, 01 Jan 2030 00:00:00 GMT', 'Tue, 01 Jan 2030 00:00:01 GMT'])
  })
})

describe('draining a server', () => {
  it('makes answers the last of their connections and ends idle connections', async () => {
    const client = new ScriptedClient(lazyEcho)
    client.send(get('/'))
    const idle = new ScriptedClient(echo)
    client.server.drain()
    idle.server.drain()
    await settled()
    assert.match(await client.answers(), /connection: close/)
    assert.equal(client.socket.isEnded, true)
    await idle.clock.advance(100)
    assert.equal(idle.socket.isEnded, true)
  })

  it('still answers what was sent before the client could know', async () => {
    const client = new ScriptedClient(echo)
    client.server.drain()
    client.send(get('/'))
    assert.match(await client.answers(), /^HTTP\/1\.1 200 .*connection: close/s)
  })

  it('takes one more request behind an answer that could not say so', async () => {
    const client = new ScriptedClient(async (exchange) => {
      const sink = exchange.start(200, none)
      await settled()
      client.server.drain()
      sink.end()
    })
    client.send(get('/'))
    await settled()
    await settled()
    assert.equal((await client.answers()).includes('connection'), false)
    client.send(get('/'))
    assert.match(await client.answers(), /connection: close/)
  })

  it('leaves no request half read', async () => {
    const client = new ScriptedClient(echo)
    client.send('GET / HT')
    client.server.drain()
    await client.clock.advance(1_000)
    client.send('TP/1.1\r\nHost: a\r\n\r\n')
    assert.deepEqual(await client.statuses(), [200])
  })

  it('resolves its close when the last connection is gone', async () => {
    const client = new ScriptedClient(lazyEcho)
    client.send(get('/'))
    let isClosed = false
    const closed = client.server.close().then(() => {
      isClosed = true
    })
    await settled()
    assert.deepEqual(await client.statuses(), [200])
    assert.equal(isClosed, false)
    client.close()
    await closed
    assert.equal(client.server.connectionCount, 0)
  })

  it('resets what is left when its time is over', async () => {
    const client = new ScriptedClient(() => new Promise(() => {}))
    client.send(get('/'))
    const deadline = new AbortController()
    const closed = client.server.close(deadline.signal)
    deadline.abort()
    assert.equal(client.socket.isReset, true)
    client.close()
    await closed
  })
})
