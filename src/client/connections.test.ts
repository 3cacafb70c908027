/** What goes wrong with connections, and what a call makes of it: nothing is lost in silence, nothing is sent twice that must not be. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Context } from '../foundation/context/context.ts'
import { HeaderList } from '../wire/headers.ts'
import { HttpClient, type HttpClientOptions, keptByServerMs } from './http-client.ts'
import { ok, type RawRequest, type RawServer, startRawServer } from './raw-server.fixture.ts'

const opened: { close(): unknown }[] = []

after(async () => {
  for (const each of opened) await each.close()
})

async function server(answer: (request: RawRequest, count: number) => void): Promise<RawServer> {
  let count = 0
  const started = await startRawServer((request) => answer(request, ++count))
  opened.push(started)
  return started
}

function httpClient(options: HttpClientOptions = {}): HttpClient {
  const http = new HttpClient({ proxies: 'none', ...options })
  opened.push(http)
  return http
}

const post = { method: 'POST', body: '{}' }

describe('a broken answer', () => {
  const table: readonly { what: string; answer: (request: RawRequest) => void; code: string }[] = [
    {
      what: 'a connection that is reset at once',
      answer: ({ socket }) => socket.resetAndDestroy(),
      code: 'CONNECTION_LOST',
    },
    {
      what: 'half a head',
      answer: ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
      code: 'CONNECTION_LOST',
    },
    {
      what: 'half a body',
      answer: ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
      code: 'CONNECTION_LOST',
    },
    {
      what: 'half of a chunked body',
      answer: ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
      code: 'CONNECTION_LOST',
    },
    { what: 'no HTTP', answer: ({ socket }) => socket.end('220 smtp.test ESMTP\r\n'), code: 'BAD_RESPONSE' },
    { what: 'silence', answer: () => {}, code: 'DEADLINE_EXCEEDED' },
    { what: 'a head that drips', answer: ({ socket }) => drip(socket), code: 'DEADLINE_EXCEEDED' },
    {
      what: 'a body that stops',
      answer: ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
      code: 'DEADLINE_EXCEEDED',
    },
  ]
  for (const { what, answer, code } of table) {
    it(`of ${what} is ${code}, and its connection is not used again`, async () => {
      const { url, open } = await server(answer)
      // What must happen at once has time enough on a busy machine; what never happens is not waited for.
      const http = httpClient({ timeoutMs: code === 'DEADLINE_EXCEEDED' ? 100 : 10_000 })
      const asking = http.request(url, post).then((got) => got.bytes())
      await assert.rejects(asking, { code })
      assert.deepEqual(
        http.stats().filter(({ used, idle }) => used + idle > 0),
        [],
      )
      await until(() => open.size === 0)
    })
  }

  function drip(socket: RawRequest['socket']): void {
    let left = 1_000
    const timer = setInterval(() => {
      if (left-- === 0 || socket.destroyed) clearInterval(timer)
      else socket.write(left === 999 ? 'HTTP/1.1 200 OK\r\nx: ' : 'y')
    }, 10)
  }
})

describe('a POST on a kept connection', () => {
  it('is neither lost in silence nor sent twice, whenever the server hangs up', async () => {
    const executed = new Map<string, number>()
    // After each answer the server waits for a moment of its own and hangs up; some of that meets the next request.
    const { url } = await server(({ text, socket }, count) => {
      const id = text.slice(text.indexOf('\r\n\r\n') + 4)
      executed.set(id, (executed.get(id) ?? 0) + 1)
      socket.write(ok('{}'))
      if (count % 3 === 0) setTimeout(() => socket.destroy(), count % 5)
    })
    const http = httpClient({ maxPerHost: 4 })
    let failures = 0
    const users = Array.from({ length: 4 }, async (_, user) => {
      for (let call = 0; call < 100; call++) {
        const id = `${user}/${call}`
        try {
          await (await http.request(url, { method: 'POST', body: id })).bytes()
          assert.equal(executed.get(id), 1, 'an answer means: done, once')
        } catch (error) {
          failures++
          assert.ok((executed.get(id) ?? 0) <= 1, 'a failure means: once or not at all')
          assert.equal((error as { code?: string }).code, 'CONNECTION_LOST')
          assert.equal((error as { retryable?: boolean }).retryable, false)
        }
        await new Promise((resolve) => setTimeout(resolve, call % 7))
      }
    })
    await Promise.all(users)
    assert.ok(failures < 100, `${failures} of 400 met the end of their connection`)
  })

  it('does not go into one that was closed while this process was busy', async () => {
    const running = await server(({ socket }) => socket.write(ok('{}')))
    const http = httpClient()
    for (let call = 0; call < 3; call++) {
      await (await http.request(running.url, post)).bytes()
      for (const socket of running.open) socket.destroy()
      // The news of the end waits in the kernel while the loop does not turn.
      const untilMs = performance.now() + 30
      while (performance.now() < untilMs);
    }
    assert.equal(await (await http.request(running.url, post)).text(), '{}')
    assert.equal(running.accepted, 4)
  })

  it('goes to a new connection where the server said that it ends this one', async () => {
    const running = await server(({ socket }) => socket.end(ok('{}', 'connection: close\r\n')))
    const http = httpClient()
    for (let call = 0; call < 20; call++) await (await http.request(running.url, post)).bytes()
    assert.equal(running.accepted, 20)
  })
})

describe('keep-alive', () => {
  const table = [
    { field: undefined, expected: Number.POSITIVE_INFINITY, why: 'nothing is said' },
    { field: 'timeout=5', expected: 4_000, why: 'a second less, so that both do not meet' },
    { field: 'timeout=1, max=100', expected: 500, why: 'half of a short one' },
    { field: 'max=3', expected: Number.POSITIVE_INFINITY, why: 'no time in it' },
  ]
  for (const { field, expected, why } of table) {
    it(`${field ?? 'without a field'}: ${why}`, () => assert.equal(keptByServerMs(field), expected))
  }

  it('ends a connection before the server would, where that says when', async () => {
    const { url, open } = await server(({ socket }) => socket.write(ok('{}', 'keep-alive: timeout=0\r\n')))
    const http = httpClient()
    await (await http.request(url)).bytes()
    await until(() => open.size === 0)
  })

  it('ends what is idle for too long, and what is too old', async () => {
    for (const options of [{ idleTimeoutMs: 20 }, { maxAgeMs: 0 }]) {
      const { url, open } = await server(({ socket }) => socket.write(ok('{}')))
      const http = httpClient(options)
      await (await http.request(url)).bytes()
      await until(() => open.size === 0)
      assert.deepEqual(http.stats(), [])
    }
  })

  it('serves ten thousand calls in a row on one connection, and leaves nothing behind', async () => {
    const running = await server(({ socket }) => socket.write(ok('{}')))
    const http = httpClient()
    for (let call = 0; call < 10_000; call++) await (await http.request(running.url)).bytes()
    assert.equal(running.accepted, 1)
    assert.deepEqual(
      http.stats().map(({ used, idle, opening, waiting }) => [used, idle, opening, waiting]),
      [[0, 1, 0, 0]],
    )
  })
})

describe('the line for a connection', () => {
  it('is served in the order in which calls came', async () => {
    const held: RawRequest[] = []
    const { url } = await server((request) => held.push(request))
    const http = httpClient({ maxPerHost: 1 })
    const order: number[] = []
    const calls = [0, 1, 2, 3].map(async (at) => {
      await (await http.request(`${url}/${at}`)).bytes()
      order.push(at)
    })
    for (let at = 0; at < 4; at++) {
      await until(() => held.length > 0)
      held.shift()?.socket.write(ok('{}'))
    }
    await Promise.all(calls)
    assert.deepEqual(order, [0, 1, 2, 3])
  })

  it('has an end: one call too many fails at once', async () => {
    const { url } = await server(() => {})
    const http = httpClient({ maxPerHost: 1, maxWaiting: 1, timeoutMs: 500 })
    const [first, second] = [http.request(url), http.request(url)]
    await until(() => http.stats()[0]?.waiting === 1)
    await assert.rejects(http.request(url), { code: 'POOL_EXHAUSTED', status: 503 })
    await assert.rejects(first, { code: 'DEADLINE_EXCEEDED' })
    await assert.rejects(second, { code: 'DEADLINE_EXCEEDED' })
  })

  it('is left by who gives up, and the next one is served all the same', async () => {
    const held: RawRequest[] = []
    const { url } = await server((request) => held.push(request))
    const http = httpClient({ maxPerHost: 1 })
    const first = http.request(url)
    await until(() => held.length === 1)
    const impatient = http.request(url, { timeoutMs: 20 })
    const last = http.request(url)
    await assert.rejects(impatient, { code: 'DEADLINE_EXCEEDED' })
    held[0]?.socket.write(ok('"first"'))
    assert.equal(await (await first).text(), '"first"')
    await until(() => held.length === 2)
    held[1]?.socket.write(ok('"last"'))
    assert.equal(await (await last).text(), '"last"')
  })

  it('goes on after connections that failed', async () => {
    const { url } = await server(({ socket }, count) => (count <= 3 ? socket.destroy() : socket.write(ok('{}'))))
    const http = httpClient({ maxPerHost: 1 })
    const calls = Array.from({ length: 6 }, () => http.request(url, post).then((answer) => answer.bytes()))
    const outcomes = await Promise.allSettled(calls)
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    )
  })

  it('lets a host that needs a connection have the place of one that keeps it idle', async () => {
    const [one, other] = [
      await server(({ socket }) => socket.write(ok('{}'))),
      await server(({ socket }) => socket.write(ok('{}'))),
    ]
    const http = httpClient({ maxConnections: 1 })
    for (let call = 0; call < 3; call++) {
      await (await http.request(one.url)).bytes()
      await (await http.request(other.url)).bytes()
    }
    await until(() => one.open.size + other.open.size === 1)
  })

  it('waits across hosts for the total, too', async () => {
    const held: RawRequest[] = []
    const [one, other] = [
      await server((request) => held.push(request)),
      await server(({ socket }) => socket.write(ok('{}'))),
    ]
    const http = httpClient({ maxConnections: 1 })
    const first = http.request(one.url)
    await until(() => held.length === 1)
    const second = http.request(other.url)
    await until(() => http.stats().some(({ waiting }) => waiting === 1))
    held[0]?.socket.write(ok('{}'))
    await (await first).bytes()
    assert.equal(await (await second).text(), '{}')
  })

  it('is not needed by those whose connections were opened ahead', async () => {
    const running = await server(({ socket }) => socket.write(ok('{}')))
    const http = httpClient()
    await http.preconnect(running.url, 3)
    assert.equal(http.stats()[0]?.idle, 3)
    await Promise.all([1, 2, 3].map(async () => (await http.request(running.url)).bytes()))
    assert.equal(running.accepted, 3)
  })
})

describe('the end of a call', () => {
  it('by its caller resets the connection, so that the server knows', async () => {
    const caller = new Context()
    const closed = Promise.withResolvers<void>()
    const { url } = await server(({ socket }) => {
      socket.on('close', () => closed.resolve())
      caller.cancel()
    })
    await assert.rejects(
      caller.run(() => httpClient().request(url)),
      { code: 'CANCELLED' },
    )
    await closed.promise
  })

  it('reaches a stream whose head has come, and its time-out does not', async () => {
    const { url, open } = await server(({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n'),
    )
    const controller = new AbortController()
    const answer = await httpClient().request(url, { isStream: true, timeoutMs: 400, signal: controller.signal })
    const reading = Array.fromAsync(answer.pieces())
    setTimeout(() => controller.abort(new Error('enough')), 600)
    await assert.rejects(reading, { code: 'CANCELLED' })
    await until(() => open.size === 0)
  })
})

describe('bodies', () => {
  it('are sent piece by piece, at the pace of the server', async () => {
    let received = 0
    const { createServer } = await import('node:http')
    const slow = createServer((request, response) => {
      request.on('data', (piece: Buffer) => {
        received += piece.length
        request.pause()
        setTimeout(() => request.resume(), 1)
      })
      request.on('end', () => response.end(String(received)))
    })
    await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done))
    opened.push({ close: () => slow.closeAllConnections() ?? slow.close() })
    const { port } = slow.address() as { port: number }
    let made = 0
    let aheadBytes = 0
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (; made < 64; made++) {
        aheadBytes = Math.max(aheadBytes, made * 65_536 - received)
        yield new Uint8Array(65_536)
      }
    }
    const answer = await httpClient().request(`http://127.0.0.1:${port}/`, { method: 'PUT', body: pieces() })
    assert.equal(await answer.text(), String(64 * 65_536))
    assert.ok(aheadBytes < 64 * 65_536, `${aheadBytes} bytes were made before the server had read any`)
  })

  const expectations = [
    { answers: 'HTTP/1.1 100 Continue\r\n\r\n', sent: true, why: 'the server wants it' },
    { answers: 'HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n', sent: false, why: 'it does not' },
  ]
  for (const { answers, sent, why } of expectations) {
    it(`behind expect: 100-continue ${sent ? 'is sent' : 'is not sent'}: ${why}`, async () => {
      const { createServer } = await import('node:net')
      let text = ''
      const asked = createServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', (bytes) => {
          const isHead = text === ''
          text += bytes.toString()
          if (isHead) socket.write(answers)
          if (text.endsWith('the body')) socket.write(ok('"got it"'))
        })
      })
      await new Promise<void>((done) => asked.listen(0, '127.0.0.1', done))
      opened.push(asked)
      const { port } = asked.address() as { port: number }
      const request = { method: 'PUT', body: 'the body', expectContinue: true }
      const answer = await httpClient().request(`http://127.0.0.1:${port}/`, request)
      assert.equal(answer.status, sent ? 200 : 417)
      await answer.bytes()
      assert.match(text, /expect: 100-continue\r\n/)
      assert.equal(text.includes('the body'), sent)
    })
  }

  it('are decompressed, as far as they may be large', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    const { url } = await server(({ text, socket }) => {
      const body = text.startsWith('GET /bomb') ? bomb : gzipSync('hello')
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`)
      socket.write(body)
    })
    const http = httpClient({ maxAnswerBytes: 10_000, compression: true })
    const answer = await http.request(url)
    assert.equal(answer.headers.get('content-encoding'), undefined)
    assert.equal(await answer.text(), 'hello')
    assert.equal(Buffer.concat(await Array.fromAsync((await http.request(url)).pieces())).toString(), 'hello')
    await assert.rejects((await http.request(`${url}/bomb`)).bytes(), { code: 'RESPONSE_TOO_LARGE' })
    const pieces = (await http.request(`${url}/bomb`)).pieces()
    await assert.rejects(Array.fromAsync(pieces), { code: 'RESPONSE_TOO_LARGE' })
  })

  it('that are not compressed as they say are refused', async () => {
    const { url } = await server(({ socket }) => socket.write(ok('{}', 'content-encoding: gzip\r\n')))
    await assert.rejects((await httpClient().request(url)).bytes(), { code: 'BAD_RESPONSE' })
  })

  it('are asked for compressed only where that is wanted', async () => {
    const heads: string[] = []
    const { url } = await server(({ text, socket }) => {
      heads.push(text)
      socket.write(ok('{}'))
    })
    const http = httpClient()
    await (await http.request(url)).bytes()
    await (await http.request(url, { compression: true })).bytes()
    await (
      await http.request(url, { compression: true, headers: HeaderList.from([['accept-encoding', 'gzip']]) })
    ).bytes()
    assert.deepEqual(
      heads.map((head) => /accept-encoding: (.*)\r/.exec(head)?.[1]),
      [undefined, 'zstd, br, gzip, deflate', 'gzip'],
    )
  })
})

async function until(holds: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 5_000
  while (!holds()) {
    if (performance.now() > giveUpMs) throw new Error('it did not come to pass within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
