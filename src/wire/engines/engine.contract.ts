/**
 * What an application may rely on, whichever engine carries it and on whichever runtime. How the bytes on the wire differ
 * is no part of it: see docs/reference/engines.md.
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { afterEach, describe, it } from 'node:test'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { connect } from '../../platform/connect.ts'
import type { Socket } from '../../platform/socket.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import type { Engine, EngineOptions, EngineServer } from './engine.ts'

const none = new HeaderList()

export function describeEngine(engine: Engine): void {
  const servers: EngineServer[] = []

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close(AbortSignal.timeout(0))
  })

  async function serve(handler: ExchangeHandler, options: Partial<EngineOptions> = {}): Promise<EngineServer> {
    const server = await engine.listen({ ...options, handler })
    servers.push(server)
    return server
  }

  /** One request on a connection of its own, which says that it is the last; its answer as a byte string. */
  async function ask(handler: ExchangeHandler, request: string, options: Partial<EngineOptions> = {}): Promise<string> {
    const client = await Client.to(await serve(handler, options))
    client.send(request.replace('Host: a\r\n', 'Host: a\r\nConnection: close\r\n'))
    await client.until(({ isOver }) => isOver)
    client.destroy()
    return client.received
  }

  describe(`a request over the ${engine.name} engine`, () => {
    it('is seen as it was sent', async () => {
      let seen: unknown
      const handler: ExchangeHandler = async (exchange) => {
        const { method, scheme, httpVersion, head, pathStart, pathEnd, queryStart, queryEnd } = exchange
        const text = Buffer.from(head).toString('latin1')
        seen = {
          line: [method, scheme, httpVersion, exchange.authority],
          path: text.slice(pathStart, pathEnd),
          query: text.slice(queryStart, queryEnd),
          tags: exchange.header('x-tag'),
          cookie: exchange.header('cookie'),
          latin1: exchange.header('x-latin1'),
          missing: exchange.header('constructor'),
          names: exchange.headerPairs().includes('x-tag'),
          peer: exchange.peer.address,
          length: exchange.body.length,
          body: Buffer.from(await exchange.body.bytes()).toString(),
        }
        exchange.respond(200, none)
      }
      const fields = 'X-Tag: one\r\nx-tag: two\r\nCookie: a=1\r\nCookie: b=2\r\nX-Latin1: \xe9\r\nContent-Length: 5\r\n'
      await ask(
        handler,
        `POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: shop.example:80\r\nConnection: close\r\n${fields}\r\nhello`,
      )
      assert.deepEqual(seen, {
        line: ['POST', 'http', '1.1', 'shop.example:80'],
        path: '/a%20b/c',
        query: 'x=1&y=%2F',
        tags: 'one, two',
        cookie: 'a=1; b=2',
        latin1: 'é',
        missing: undefined,
        names: true,
        peer: '127.0.0.1',
        length: 5,
        body: 'hello',
      })
    })

    it('keeps its head while the handler waits', async () => {
      const handler: ExchangeHandler = async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        const { head, pathStart, pathEnd } = exchange
        exchange.respond(200, none, `${Buffer.from(head.subarray(pathStart, pathEnd))} ${exchange.header('x')}`)
      }
      assert.match(await ask(handler, 'GET /path HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n'), /\/path y/)
    })

    it('brings a body of any framing, whole or in pieces', async () => {
      const inPieces: ExchangeHandler = async (exchange) => {
        let text = ''
        for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
          text += Buffer.from(piece).toString()
        }
        exchange.respond(200, none, `${text} ${exchange.body.length}`)
      }
      const whole: ExchangeHandler = async (exchange) => {
        exchange.respond(200, none, `${Buffer.from(await exchange.body.bytes())} ${exchange.body.length}`)
      }
      for (const handler of [inPieces, whole]) {
        assert.match(await ask(handler, put('hello')), /hello 5/)
        assert.match(await ask(handler, chunked('hel', 'lo')), /hello undefined/)
        assert.match(await ask(handler, get()), / 0/)
      }
    })

    it('may bring megabytes', async () => {
      const size = 3_000_000
      const server = await serve(
        async (exchange) => {
          const sink = exchange.start(200, none)
          for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
            await sink.write(piece)
          }
          sink.end()
        },
        { limits: { maxBodyBytes: size } },
      )
      const body = new Uint8Array(size).map((_, index) => (index * 7) % 251)
      const answer = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body })
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(body)))
    })

    const limits: { request: string; maxBytes?: number; status: number; why: string }[] = [
      { request: put('x'.repeat(10)), status: 200, why: 'as large as allowed' },
      { request: put('x'.repeat(11)), status: 413, why: 'larger than allowed' },
      { request: chunked('x'.repeat(6), 'x'.repeat(5)), status: 413, why: 'larger than allowed, in chunks' },
      { request: put('x'.repeat(11)), maxBytes: 11, status: 200, why: 'as large as its route allows' },
      { request: put('x'.repeat(6)), maxBytes: 5, status: 413, why: 'larger than its route allows' },
    ]
    for (const { request, maxBytes, status, why } of limits) {
      it(`is answered ${status} for a body ${why}`, async () => {
        const handler: ExchangeHandler = async (exchange) => {
          if (maxBytes !== undefined) exchange.body.maxBytes = maxBytes
          exchange.respond(200, none, await exchange.body.bytes())
        }
        assert.equal(statusOf(await ask(handler, request, { limits: { maxBodyBytes: 10 } })), status)
      })
    }

    it('must bring its body in time', async () => {
      const handler: ExchangeHandler = async (exchange) => exchange.respond(200, none, await exchange.body.bytes())
      const request = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'
      assert.equal(statusOf(await ask(handler, request, { limits: { bodyTimeoutMs: 100 } })), 408)
    })

    it('lends a body that has arrived whole, or leaves it to be read', async () => {
      const seen: unknown[] = []
      const handler: ExchangeHandler = async (exchange) => {
        const lent = exchange.body.borrow()
        const text = Buffer.from(lent ?? (await exchange.body.bytes())).toString()
        seen.push(text, await codeOf(() => exchange.body.bytes()), await codeOf(() => exchange.body.borrow()))
        exchange.respond(200, none)
      }
      for (const request of [put('hello'), chunked('hel', 'lo')]) {
        await ask(handler, request)
        assert.deepEqual(seen.splice(0), ['hello', 'BODY_CONSUMED', 'BODY_CONSUMED'])
      }
      await ask(handler, get())
      assert.equal(seen[0], '')
    })

    it('lends no body that is larger than allowed', async () => {
      const handler: ExchangeHandler = async (exchange) => {
        assert.equal(exchange.body.borrow(), undefined)
        exchange.respond(200, none, await exchange.body.bytes())
      }
      assert.equal(statusOf(await ask(handler, put('x'.repeat(11)), { limits: { maxBodyBytes: 10 } })), 413)
    })

    it('says when it was received', async () => {
      const beforeMs = performance.now()
      let receivedMs = 0
      await ask((exchange) => {
        receivedMs = exchange.receivedMs
        exchange.respond(200, none)
      }, get())
      assert.ok(receivedMs >= beforeMs && receivedMs <= performance.now(), `${beforeMs} ${receivedMs}`)
    })

    it('can be read once', async () => {
      let code: unknown
      const handler: ExchangeHandler = async (exchange) => {
        await exchange.body.bytes()
        code = await codeOf(() => exchange.body.read())
        exchange.respond(200, none)
      }
      await ask(handler, put('x'))
      assert.equal(code, 'BODY_CONSUMED')
    })

    const refused: { fields: string; target?: string; status: number; why: string }[] = [
      { fields: 'Host: b\r\n', status: 400, why: 'with two hosts' },
      { fields: 'Content-Length: 1\r\nContent-Length: 1\r\n', status: 400, why: 'with two lengths' },
      { fields: '', target: `/${'a'.repeat(9_000)}`, status: 414, why: 'with an endless target' },
      {
        fields: Array.from({ length: 99 }, (_, i) => `x-${i}: y\r\n`).join(''),
        status: 431,
        why: 'with more than a hundred fields',
      },
    ]
    for (const { fields, target = '/', status, why } of refused) {
      it(`never reaches the handler ${why}`, async () => {
        let isReached = false
        const handler: ExchangeHandler = (exchange) => {
          isReached = true
          exchange.respond(200, none)
        }
        assert.equal(statusOf(await ask(handler, `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)), status)
        assert.equal(isReached, false)
      })
    }
  })

  describe(`an answer over the ${engine.name} engine`, () => {
    it('has its status, fields and body', async () => {
      const headers = HeaderList.from([
        ['content-type', 'text/plain'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-latin1', 'é'],
      ])
      const answer = await ask((exchange) => exchange.respond(418, headers, 'grün'), get())
      assert.equal(statusOf(answer), 418)
      assert.match(answer, /\r\nset-cookie: a=1\r\n/i)
      assert.match(answer, /\r\nset-cookie: b=2\r\n/i)
      assert.match(answer, /\r\nx-latin1: \xe9\r\n/i)
      assert.match(answer, /\r\ncontent-length: 5\r\n/i)
      assert.match(answer, /\r\ndate: /i)
      assert.ok(answer.endsWith('\r\n\r\ngr\xc3\xbcn'))
    })

    it('has no content-type unless it is given one', async () => {
      for (const body of ['text', new Uint8Array([1])]) {
        assert.doesNotMatch(await ask((exchange) => exchange.respond(200, none, body), get()), /content-type/i)
      }
    })

    for (const [request, status] of [
      [get().replace('GET', 'HEAD'), 200],
      [get(), 204],
      [get(), 304],
    ] as const) {
      it(`has no body: ${request.slice(0, 4).trim()}, ${status}`, async () => {
        const answer = await ask((exchange) => exchange.respond(status, none, 'body'), request)
        assert.ok(answer.endsWith('\r\n\r\n'))
        assert.match(answer, /\r\ndate: /i)
        assert.equal(/\r\ncontent-length: 4\r\n/i.test(answer), status === 200)
      })
    }

    const written: { request: string; status: number; length: boolean; body: string; why: string }[] = [
      { request: get(), status: 200, length: true, body: 'gr\xc3\xbcn', why: 'with its length' },
      { request: get().replace('GET', 'HEAD'), status: 200, length: true, body: '', why: 'only measured for HEAD' },
      { request: get(), status: 204, length: false, body: '', why: 'not sent with 204' },
      { request: get(), status: 304, length: false, body: '', why: 'not sent with 304' },
    ]
    for (const { request, status, length, body, why } of written) {
      it(`may write itself: ${why}`, async () => {
        const writer = { writeTo: (out: ByteWriter) => out.text('grün') }
        const answer = await ask((exchange) => exchange.respond(status, none, writer), request)
        assert.equal(statusOf(answer), status)
        assert.equal(/\r\ncontent-length: 5\r\n/i.test(answer), length)
        assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), body)
      })
    }

    it('may write itself, however long it is', async () => {
      const piece = 'abcdefghij'.repeat(20_000)
      const writer = {
        writeTo(out: ByteWriter) {
          for (let count = 0; count < 10; count++) out.text(piece)
        },
      }
      const server = await serve((exchange) => exchange.respond(200, none, writer))
      const answers = Array.from({ length: 3 }, () => fetch(`http://127.0.0.1:${server.port}/`))
      for (const answer of await Promise.all(answers)) assert.ok((await answer.text()) === piece.repeat(10))
    })

    it('is as if it had not been tried when its writer throws', async () => {
      let isAnswered: boolean | undefined
      const writer = {
        writeTo(out: ByteWriter) {
          out.text('half')
          throw new ServiceError('BAD_VALUE', 'cannot be written', { status: 500 })
        },
      }
      const handler: ExchangeHandler = (exchange) => {
        try {
          exchange.respond(200, HeaderList.from([['x-first', '1']]), writer)
        } catch (error) {
          isAnswered = exchange.answered
          exchange.respond(503, none, (error as ServiceError).code)
        }
      }
      const answer = await ask(handler, get())
      assert.equal(isAnswered, false)
      assert.match(answer, /^HTTP\/1\.1 503 /)
      assert.match(answer, /\r\n\r\nBAD_VALUE$/)
      assert.doesNotMatch(answer, /x-first|half/)
      assert.equal(statusOf(await ask((exchange) => exchange.respond(200, none, writer), get())), 500)
    })

    it('may come in pieces', async () => {
      const handler: ExchangeHandler = async (exchange) => {
        const sink = exchange.start(200, none)
        for (const piece of ['one ', new Uint8Array([0x74, 0x77, 0x6f])]) {
          await sink.write(piece)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        sink.end()
      }
      const server = await serve(handler)
      assert.equal(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), 'one two')
    })

    it('holds its maker back while nobody reads', async () => {
      let written = 0
      const server = await serve(async (exchange) => {
        const sink = exchange.start(200, none)
        for (; written < 300; written++) await sink.write(new Uint8Array(100_000))
        sink.end()
      })
      const client = await Client.to(server)
      client.pause()
      client.send(get())
      await new Promise((resolve) => setTimeout(resolve, 200))
      assert.ok(written < 250, `${written} pieces were written`)
      client.resume()
      await client.until(({ received }) => received.endsWith('\r\n0\r\n\r\n'))
      assert.equal(written, 300)
    })

    it('is cut off visibly when it is shorter than announced', async () => {
      let code: unknown
      const handler: ExchangeHandler = async (exchange) => {
        const sink = exchange.start(200, none, 5)
        await sink.write('abc')
        code = await codeOf(() => sink.end())
      }
      const answer = await ask(handler, get())
      assert.equal(code, 'BAD_LENGTH')
      assert.ok(!answer.endsWith('0\r\n\r\n'))
    })

    it('is given once', async () => {
      const codes: unknown[] = []
      const handler: ExchangeHandler = (exchange) => {
        exchange.respond(200, none, 'first')
        for (const again of [() => exchange.respond(200, none), () => exchange.start(200, none)]) {
          assert.throws(again, (error: ServiceError) => Boolean(codes.push(error.code)))
        }
      }
      assert.match(await ask(handler, get()), /first$/)
      assert.deepEqual(codes, ['ALREADY_ANSWERED', 'ALREADY_ANSWERED'])
    })

    const failures: { handler: ExchangeHandler; status: number; errors: number; why: string }[] = [
      { handler: throwing(new Error('secret')), status: 500, errors: 1, why: 'throws' },
      { handler: () => Promise.reject(new Error('secret')), status: 500, errors: 1, why: 'rejects' },
      { handler: () => {}, status: 500, errors: 1, why: 'does not answer' },
      {
        handler: throwing(new ServiceError('TEAPOT', '', { status: 418 })),
        status: 418,
        errors: 0,
        why: 'has a status',
      },
      { handler: (exchange) => exchange.respond(199, none), status: 500, errors: 1, why: 'uses a status that is none' },
    ]
    for (const { handler, status, errors, why } of failures) {
      it(`stands in for a handler that ${why}`, async () => {
        const reported: unknown[] = []
        const answer = await ask(handler, get(), { onError: (error) => reported.push(error) })
        assert.equal(statusOf(answer), status)
        assert.doesNotMatch(answer, /secret/)
        assert.equal(reported.length, errors)
      })
    }

    it('breaks off where its handler fails in the middle', async () => {
      const handler: ExchangeHandler = async (exchange) => {
        await exchange.start(200, none).write('begun')
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('broken')
      }
      const answer = await ask(handler, get())
      assert.match(answer, /begun/)
      assert.ok(!answer.endsWith('0\r\n\r\n'))
    })

    it('never comes from an exchange that was aborted', async () => {
      const client = await Client.to(await serve((exchange) => exchange.abort(new Error('enough'))))
      client.send(get())
      await client.until(({ isOver }) => isOver)
      assert.doesNotMatch(client.received, /\r\n\r\n/)
    })

    it('follows the one before it on the same connection', async () => {
      const client = await Client.to(await serve((exchange) => exchange.respond(200, none, '<end>')))
      for (let count = 1; count <= 3; count++) {
        client.send(put('x'.repeat(count)))
        await client.until(({ received }) => received.split('<end>').length === count + 1)
      }
    })

    it('does not wait for a body that nobody read', async () => {
      const client = await Client.to(await serve((exchange) => exchange.respond(200, none, '<end>')))
      for (let count = 1; count <= 2; count++) {
        client.send(put('x'.repeat(30_000)))
        await client.until(({ received }) => received.split('<end>').length === count + 1)
      }
    })

    it('reaches a client which is still sending what is refused', async () => {
      const server = await serve(async (exchange) => void (await exchange.body.bytes()), {
        limits: { maxBodyBytes: 10 },
      })
      const client = await Client.to(server)
      client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n')
      for (let sent = 0; sent < 20; sent++) client.send('x'.repeat(100_000))
      await client.until(({ isOver }) => isOver)
      assert.equal(statusOf(client.received), 413)
    })
  })

  describe(`a client of the ${engine.name} engine that goes away`, () => {
    it('cancels the exchange', async () => {
      const cancelled = Promise.withResolvers<Error>()
      const server = await serve((exchange) => {
        exchange.onCancel(cancelled.resolve)
        return cancelled.promise.then(() => {})
      })
      const client = await Client.to(server)
      client.send(get())
      await client.until(() => server.inFlight === 1)
      client.destroy(true)
      assert.equal(((await cancelled.promise) as ServiceError).code, 'CLIENT_GONE')
      await client.until(() => server.inFlight === 0)
    })

    it('ends the writing to it', async () => {
      const ended = Promise.withResolvers<unknown>()
      const server = await serve(async (exchange) => {
        const sink = exchange.start(200, none)
        ended.resolve(
          await codeOf(async () => {
            for (;;) await sink.write(new Uint8Array(100_000))
          }),
        )
      })
      const client = await Client.to(server)
      client.pause()
      client.send(get())
      await new Promise((resolve) => setTimeout(resolve, 100))
      client.destroy(true)
      assert.equal(await ended.promise, 'CLIENT_GONE')
    })

    it('ends the reading from it', async () => {
      const ended = Promise.withResolvers<unknown>()
      const server = await serve(async (exchange) => ended.resolve(await codeOf(() => exchange.body.bytes())))
      const client = await Client.to(server)
      client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
      await client.until(() => server.inFlight === 1)
      client.destroy(true)
      assert.equal(await ended.promise, 'CLIENT_GONE')
    })
  })

  describe(`a server of the ${engine.name} engine`, () => {
    it('says that a port is taken', async () => {
      const { port } = await serve(throwing(new Error('unused')))
      await assert.rejects(serve(throwing(new Error('unused')), { port }), { code: 'ADDRESS_IN_USE' })
    })

    it('drains: what is under way is answered, idle connections end, then it is gone', async () => {
      const server = await serve(async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        exchange.respond(200, none, 'done')
      })
      const busy = await Client.to(server)
      const idle = await Client.to(server)
      idle.send(get())
      await idle.until(({ received }) => received.endsWith('done'))
      busy.send(get())
      await busy.until(() => server.inFlight === 1)
      const closed = server.close()
      await busy.until(({ isOver }) => isOver)
      assert.match(busy.received, /connection: close\r\n.*done$/is)
      await idle.until(({ isOver }) => isOver)
      busy.destroy()
      idle.destroy()
      await closed
      assert.equal(server.connections, 0)
      await assert.rejects(Client.to(server))
    })

    it('does not wait for a connection on which nothing was asked', async () => {
      const server = await serve((exchange) => exchange.respond(200, none))
      const silent = await Client.to(server)
      await server.close()
      assert.equal(server.connections, 0)
      silent.destroy()
    })

    it('still answers new connections while it drains', async () => {
      const server = await serve((exchange) => exchange.respond(200, none, 'new'))
      server.drain()
      const client = await Client.to(server)
      client.send(get())
      await client.until(({ isOver }) => isOver)
      assert.match(client.received, /connection: close\r\n.*new$/is)
    })

    it('gives up waiting when its time is over', async () => {
      const server = await serve(() => new Promise(() => {}))
      const client = await Client.to(server)
      client.send(get())
      await client.until(() => server.inFlight === 1)
      await server.close(AbortSignal.timeout(50))
      assert.equal(server.connections, 0)
      await client.until(({ isOver }) => isOver)
    })
  })
}

const get = (): string => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const put = (body: string): string => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

function chunked(...pieces: string[]): string {
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
  return `PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`
}

function throwing(error: Error): ExchangeHandler {
  return () => {
    throw error
  }
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
}

async function codeOf(task: () => unknown): Promise<unknown> {
  try {
    await task()
    return undefined
  } catch (error) {
    return (error as ServiceError).code
  }
}

/** A client that keeps what it was told and can wait for it. */
class Client {
  received = ''
  /** The server ended its side, or the connection is gone. */
  isOver = false
  #socket: Socket<Client> | undefined
  #changed: () => void = () => {}

  static async to({ port }: EngineServer): Promise<Client> {
    const client = new Client()
    client.#socket = await connect<Client>({
      port,
      state: client,
      handlers: {
        data: ({ state }, bytes) => state.#note(() => state.#hear(bytes)),
        peerEnd: ({ state }) => state.#note(() => state.#end()),
        close: ({ state }) => state.#note(() => state.#end()),
      },
    })
    return client
  }

  #hear(bytes: Uint8Array): void {
    this.received = (this.received + Buffer.from(bytes).toString('latin1')).slice(-10_000)
  }

  #end(): void {
    this.isOver = true
  }

  #note(change: () => void): void {
    change()
    this.#changed()
  }

  send(text: string): void {
    this.#socket?.write(text)
  }

  destroy(reset = false): void {
    this.#socket?.destroy({ reset })
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /** Waits until `condition` holds, at most five seconds. */
  async until(condition: (client: Client) => boolean): Promise<void> {
    const deadline = performance.now() + 4_000
    while (!condition(this)) {
      assert.ok(performance.now() < deadline, `nothing more came than: ${this.received.slice(0, 200)}`)
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#changed = resolve
        }),
        new Promise((resolve) => setTimeout(resolve, 10)),
      ])
    }
  }
}
