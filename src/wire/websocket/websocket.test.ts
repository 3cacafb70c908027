import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { connect } from '../../platform/connect.ts'
import { runtimeName } from '../../platform/runtime.ts'
import type { Engine, EngineServer } from '../engines/engine.ts'
import { nativeEngine } from '../engines/native.ts'
import { socketsEngine } from '../engines/sockets.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { exchangeInMemory } from '../memory-exchange.ts'
import { acceptWebSocket, type WebSocketOptions } from './accept-websocket.ts'
import type { WebSocketConnection } from './websocket-connection.ts'

const servers: EngineServer[] = []
const clients: WebSocket[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const server of servers.splice(0)) await server.close(AbortSignal.timeout(0))
})

type Handler = (socket: WebSocketConnection, exchange: Exchange) => void

async function serve(engine: Engine, handler: Handler, options: WebSocketOptions = {}): Promise<EngineServer> {
  const server = await engine.listen({
    handler: async (exchange) => handler(await acceptWebSocket(exchange, options), exchange),
  })
  servers.push(server)
  return server
}

interface Client {
  socket: WebSocket
  /** Messages in order; bytes as arrays. */
  heard: (string | number[])[]
  closed: Promise<{ code: number; reason: string }>
  until(condition: () => boolean): Promise<void>
}

async function open({ port }: EngineServer, protocols: string[] = []): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocols)
  clients.push(socket)
  socket.binaryType = 'arraybuffer'
  const heard: Client['heard'] = []
  let changed = Promise.withResolvers<void>()
  socket.addEventListener('message', ({ data }) => {
    heard.push(typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)])
    changed.resolve()
    changed = Promise.withResolvers<void>()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('close', reject)
  })
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await changed.promise
  }
  return { socket, heard, closed, until }
}

const echo: Handler = (socket) => void socket.onMessage((message) => socket.send(message))

/** Sends a request as written and reads the answer's head. */
async function ask(
  { port }: EngineServer,
  fields: string,
  { line = 'GET / HTTP/1.1', behind = '' }: { line?: string; behind?: string } = {},
): Promise<string> {
  const answer = Promise.withResolvers<string>()
  let heard = ''
  const socket = await connect({
    port,
    state: undefined,
    handlers: {
      data(_, bytes) {
        heard += Buffer.from(bytes).toString('latin1')
        if (heard.includes('\r\n\r\n')) answer.resolve(heard)
      },
      close: () => answer.resolve(heard),
    },
  })
  socket.write(`${line}\r\nHost: 127.0.0.1:${port}\r\n${fields}\r\n${behind}`)
  try {
    return await answer.promise
  } finally {
    socket.destroy()
  }
}

const asking = 'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n'
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const version = 'Sec-WebSocket-Version: 13\r\n'

for (const engine of [socketsEngine, nativeEngine]) {
  describe(`a WebSocket over the ${engine.name} engine`, () => {
    it('carries texts and bytes both ways, in order', async () => {
      const client = await open(await serve(engine, echo))
      client.socket.send('grün')
      client.socket.send(new Uint8Array([1, 2, 255]))
      client.socket.send('')
      client.socket.send('x'.repeat(100_000))
      await client.until(() => client.heard.length === 4)
      assert.deepEqual(client.heard, ['grün', [1, 2, 255], '', 'x'.repeat(100_000)])
    })

    it('answers the handshake as RFC 6455 shows it', async () => {
      const answer = await ask(await serve(engine, echo), asking + key + version)
      assert.match(answer, /^HTTP\/1\.1 101 /)
      assert.match(answer, /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i)
      assert.match(answer, /\r\nupgrade: websocket\r\n/i)
      assert.match(answer, /\r\nconnection: upgrade\r\n/i)
      assert.doesNotMatch(answer, /sec-websocket-(protocol|extensions)/i)
    })

    it('agrees on the best subprotocol that both speak', async () => {
      const agreed: string[] = []
      const server = await serve(engine, (socket) => agreed.push(socket.protocol), { protocols: ['v2', 'v1'] })
      assert.equal((await open(server, ['v1', 'v2'])).socket.protocol, 'v2')
      assert.deepEqual(agreed, ['v2'])
    })

    it('hears what was sent right behind the handshake', async () => {
      const heard = Promise.withResolvers<unknown>()
      const server = await serve(engine, (socket) => void socket.onMessage((message) => heard.resolve(message)))
      // «hi», masked with zeros.
      await ask(server, asking + key + version, { behind: '\x81\x82\0\0\0\0hi' })
      assert.equal(await heard.promise, 'hi')
    })

    it('keeps messages until somebody listens', async () => {
      const accepted = Promise.withResolvers<WebSocketConnection>()
      const client = await open(await serve(engine, accepted.resolve))
      client.socket.send('early')
      await new Promise((resolve) => setTimeout(resolve, 30))
      const heard = Promise.withResolvers<unknown>()
      ;(await accepted.promise).onMessage((message) => heard.resolve(message))
      assert.equal(await heard.promise, 'early')
    })

    it('reads no further while a listener works', async () => {
      const log: string[] = []
      const done = Promise.withResolvers<void>()
      const server = await serve(engine, (socket) => {
        socket.onMessage(async (message) => {
          log.push(`begin ${message}`)
          await new Promise((resolve) => setTimeout(resolve, 5))
          log.push(`end ${message}`)
          if (message === '3') done.resolve()
        })
      })
      const client = await open(server)
      for (const message of ['1', '2', '3']) client.socket.send(message)
      await done.promise
      assert.deepEqual(log, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
    })

    it('is closed by the client with code and reason', async () => {
      const ended = Promise.withResolvers<unknown[]>()
      const client = await open(await serve(engine, (socket) => void socket.onClose((...end) => ended.resolve(end))))
      client.socket.close(3001, 'enough')
      assert.deepEqual(await ended.promise, [3001, 'enough'])
      assert.equal((await client.closed).code, 3001)
    })

    it('is closed by the server with code and reason, and sends nothing afterwards', async () => {
      const ended = Promise.withResolvers<unknown[]>()
      const server = await serve(engine, (socket) => {
        socket.onClose((...end) => ended.resolve(end))
        void socket.send('bye')
        socket.close(4000, 'gone')
        assert.equal(socket.isOpen, false)
        assert.throws(() => socket.send('late'), { code: 'WEBSOCKET_CLOSED' })
        socket.close()
      })
      const client = await open(server)
      assert.deepEqual(await client.closed, { code: 4000, reason: 'gone' })
      assert.deepEqual(client.heard, ['bye'])
      assert.deepEqual(await ended.promise, [4000, 'gone'])
    })

    it('tells of a client that vanishes', async () => {
      const opened = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<unknown[]>()
      const server = await serve(engine, (socket) => {
        socket.onClose((...end) => ended.resolve(end))
        opened.resolve()
      })
      await ask(server, asking + key + version)
      await opened.promise
      assert.deepEqual(await ended.promise, [1006, ''])
    })

    it('ends at once when terminated', async () => {
      const client = await open(await serve(engine, (socket) => socket.terminate()))
      assert.equal((await client.closed).code, 1006)
    })

    it('takes no larger message than allowed', async () => {
      const heard: unknown[] = []
      const server = await serve(engine, (socket) => void socket.onMessage((message) => void heard.push(message)), {
        maxMessageBytes: 10,
      })
      const client = await open(server)
      client.socket.send('x'.repeat(10))
      client.socket.send('x'.repeat(11))
      assert.equal((await client.closed).code, 1009)
      assert.deepEqual(heard, ['x'.repeat(10)])
    })

    it('is closed with 1011 when a listener throws', async () => {
      const errors: unknown[] = []
      const options = { onError: (error: unknown) => errors.push((error as Error).message) }
      const failing: Handler = (socket) => {
        socket.onMessage(() => {
          throw new Error('broken')
        })
      }
      const client = await open(await serve(engine, failing, options))
      client.socket.send('x')
      assert.equal((await client.closed).code, 1011)
      assert.deepEqual(errors, ['broken'])
    })

    it('pings who is silent and lets go of who does not answer', async () => {
      const ended = Promise.withResolvers<unknown[]>()
      const server = await serve(engine, (socket) => void socket.onClose((...end) => ended.resolve(end)), {
        pingIntervalMs: 20,
      })
      let heard = ''
      const closed = Promise.withResolvers<void>()
      const raw = await connect({
        port: server.port,
        state: undefined,
        handlers: {
          data: (_, bytes) => {
            heard += Buffer.from(bytes).toString('latin1')
          },
          peerEnd: () => closed.resolve(),
          close: () => closed.resolve(),
        },
      })
      raw.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${asking}${key}${version}\r\n`)
      assert.deepEqual(await ended.promise, [1006, ''])
      await closed.promise
      raw.destroy()
      assert.ok(heard.endsWith('\r\n\r\n\x89\0'))
    })

    it('keeps who answers pings', async () => {
      const accepted = Promise.withResolvers<WebSocketConnection>()
      const client = await open(await serve(engine, accepted.resolve, { pingIntervalMs: 150 }))
      await new Promise((resolve) => setTimeout(resolve, 700))
      assert.equal((await accepted.promise).isOpen, true)
      assert.equal(client.socket.readyState, WebSocket.OPEN)
    })

    it('holds back who sends faster than the peer reads', async () => {
      const waited = Promise.withResolvers<boolean>()
      const server = await serve(engine, async (socket) => {
        const sending = Array.from({ length: 500 }, () => socket.send(new Uint8Array(100_000)))
        waited.resolve(sending.some((promise) => promise !== undefined))
        socket.terminate()
      })
      const raw = await connect({ port: server.port, state: undefined, handlers: { data: (socket) => socket.pause() } })
      raw.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${asking}${key}${version}\r\n`)
      assert.equal(await waited.promise, true)
      raw.destroy()
    })

    const refused: { fields: string; line?: string; status: number; why: string }[] = [
      { fields: '', status: 426, why: 'asks for no upgrade' },
      {
        fields: `Connection: upgrade\r\nUpgrade: chat\r\n${key}${version}`,
        status: 426,
        why: 'asks for something else',
      },
      { fields: `${asking}${key}Sec-WebSocket-Version: 8\r\n`, status: 426, why: 'speaks another version' },
      { fields: asking + version, status: 400, why: 'has no key' },
      { fields: `${asking}${version}Sec-WebSocket-Key: short\r\n`, status: 400, why: 'has a key that is none' },
      { fields: asking + key + version, line: 'DELETE / HTTP/1.1', status: 400, why: 'is no GET' },
      {
        fields: `${asking}${key}${version}Origin: https://evil.example\r\n`,
        status: 403,
        why: 'comes from a strange page',
      },
    ]
    for (const { fields, line, status, why } of refused) {
      it(`is refused to a request that ${why}`, async () => {
        const server = await serve(engine, echo)
        assert.match(
          await ask(server, fields, line === undefined ? {} : { line }),
          new RegExp(`^HTTP/1\\.1 ${status} `),
        )
        assert.equal(server.inFlight, 0)
      })
    }

    it('is open to its own pages and to those that are named', async () => {
      const server = await serve(engine, echo, { origins: ['https://shop.example'] })
      for (const origin of [`http://127.0.0.1:${server.port}`, 'https://shop.example']) {
        assert.match(await ask(server, `${asking}${key}${version}Origin: ${origin}\r\n`), /^HTTP\/1\.1 101 /)
      }
      const all = await serve(engine, echo, { origins: '*' })
      assert.match(await ask(all, `${asking}${key}${version}Origin: https://any.example\r\n`), /^HTTP\/1\.1 101 /)
    })

    it('compresses only if told to, and only where the engine lets it', async () => {
      const offer = 'Sec-WebSocket-Extensions: permessage-deflate\r\n'
      const plain = await ask(await serve(engine, echo), asking + key + version + offer)
      assert.doesNotMatch(plain, /sec-websocket-extensions/i)
      const told = await ask(await serve(engine, echo, { compression: true }), asking + key + version + offer)
      const canCompress = engine.name === 'sockets' || runtimeName === 'node'
      assert.equal(/sec-websocket-extensions: permessage-deflate/i.test(told), canCompress)
    })
  })
}

describe('a WebSocket', () => {
  it('closes with a code that may be sent, and a reason that fits', async () => {
    const failures: unknown[] = []
    const client = await open(
      await serve(socketsEngine, (socket) => {
        for (const [code, reason] of [
          [999, ''],
          [1005, ''],
          [1006, ''],
          [2000, ''],
          [5000, ''],
          [1000, 'x'.repeat(124)],
        ] as const) {
          try {
            socket.close(code, reason)
          } catch (error) {
            failures.push((error as { code: string }).code)
          }
        }
        socket.close(4999, 'x'.repeat(123))
      }),
    )
    assert.deepEqual(await client.closed, { code: 4999, reason: 'x'.repeat(123) })
    assert.deepEqual(failures, Array(6).fill('BAD_CLOSE'))
  })

  it('cannot be had in memory', async () => {
    const headers = HeaderList.from([
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ])
    const entries = Array.from({ length: 4 }, (_, i) => headers.pairs.slice(2 * i, 2 * i + 2) as [string, string])
    const handler = async (exchange: Exchange): Promise<void> => void (await acceptWebSocket(exchange))
    assert.equal((await exchangeInMemory({ headers: entries }, { handler }).answer).status, 501)
  })
})
