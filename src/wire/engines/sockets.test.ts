import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { connect } from '../../platform/connect.ts'
import type { Socket } from '../../platform/socket.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { Http1ClientConnection } from '../http1/client-connection.ts'
import type { EngineOptions, EngineServer } from './engine.ts'
import { socketsEngine } from './sockets.ts'

const none = new HeaderList()
const get = (path = '/', fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`

const servers: EngineServer[] = []

async function serve(options: Partial<EngineOptions> & Pick<EngineOptions, 'handler'>): Promise<EngineServer> {
  const server = await socketsEngine.listen(options)
  servers.push(server)
  return server
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(AbortSignal.timeout(0))
})

/** A client that keeps what it was told last and can wait for it. */
class Client {
  received = ''
  hasEnded = false
  isClosed = false
  #socket: Socket<Client> | undefined
  #changed: () => void = () => {}

  static async to({ port }: EngineServer): Promise<Client> {
    const client = new Client()
    client.#socket = await connect<Client>({
      port,
      state: client,
      handlers: {
        data: ({ state }, bytes) => state.#note(() => state.#hear(bytes)),
        peerEnd: ({ state }) => state.#note(() => (state.hasEnded = true)),
        close: ({ state }) => state.#note(() => (state.isClosed = true)),
      },
    })
    return client
  }

  #hear(bytes: Uint8Array): void {
    this.received = (this.received + Buffer.from(bytes).toString('latin1')).slice(-10_000)
  }

  #note(change: () => void): void {
    change()
    this.#changed()
  }

  send(text: string): void {
    this.#socket?.write(text)
  }

  end(): void {
    this.#socket?.end()
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
    const deadline = performance.now() + 5_000
    while (!condition(this)) {
      assert.ok(performance.now() < deadline, `nothing more came than: ${this.received.slice(0, 200)}`)
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#changed = resolve
        }),
        new Promise((resolve) => setTimeout(resolve, 20)),
      ])
    }
  }
}

describe('the sockets engine', () => {
  it('answers on a free port', async () => {
    const server = await serve({ handler: (exchange) => exchange.respond(200, none, `hello ${exchange.method}`) })
    assert.ok(server.port > 0)
    const answer = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'DELETE' })
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), 'hello DELETE')
  })

  it('is spoken to by our own client, again and again on one connection', async () => {
    const server = await serve({
      handler: async (exchange) => exchange.respond(200, none, await exchange.body.bytes()),
    })
    const connection = await Http1ClientConnection.connect({ port: server.port })
    for (const body of ['', 'hello', 'x'.repeat(200_000)]) {
      const response = await connection.request({ method: 'POST', target: '/', authority: 'a', body })
      assert.equal(Buffer.from(await response.body.bytes()).toString(), body)
    }
    assert.equal(connection.requests, 3)
    assert.equal(server.connections, 1)
    connection.close()
  })

  it('takes and gives large bodies', async () => {
    const size = 3_000_000
    const server = await serve({
      limits: { maxBodyBytes: size },
      handler: async (exchange) => {
        const sink = exchange.start(200, none)
        for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
          await sink.write(piece)
        }
        sink.end()
      },
    })
    const body = new Uint8Array(size).map((_, index) => (index * 7) % 251)
    const answer = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body })
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(body)), true)
  })

  it('answers a request that comes byte by byte, and pipelined ones', async () => {
    const server = await serve({ handler: echoPath })
    const client = await Client.to(server)
    for (const character of get('/slow')) {
      client.send(character)
      await new Promise((resolve) => setImmediate(resolve))
    }
    client.send(get('/one') + get('/two'))
    await client.until(({ received }) => received.endsWith('/two'))
    assert.deepEqual(client.received.match(/\/(slow|one|two)/g), ['/slow', '/one', '/two'])
  })

  it('answers a client that half-closed', async () => {
    const server = await serve({
      handler: async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        echoPath(exchange)
      },
    })
    const client = await Client.to(server)
    client.send(get('/1') + get('/2'))
    client.end()
    await client.until(({ isClosed }) => isClosed)
    assert.match(client.received, /\/1HTTP.*\/2$/s)
  })

  it('cancels when the client resets', async () => {
    const cancelled = Promise.withResolvers<Error>()
    const started = Promise.withResolvers<void>()
    const server = await serve({
      handler: (exchange) => {
        started.resolve()
        exchange.onCancel(cancelled.resolve)
        return cancelled.promise.then(() => {})
      },
    })
    const client = await Client.to(server)
    client.send(get())
    await started.promise
    assert.equal(server.inFlight, 1)
    client.destroy(true)
    assert.equal(((await cancelled.promise) as { code?: string }).code, 'CLIENT_GONE')
  })

  it('refuses with an answer that reaches a client which is still sending', async () => {
    const server = await serve({
      limits: { maxBodyBytes: 10 },
      handler: async (exchange) => {
        await exchange.body.bytes()
      },
    })
    for (let attempt = 0; attempt < 5; attempt++) {
      const client = await Client.to(server)
      client.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n`)
      for (let sent = 0; sent < 20; sent++) client.send('x'.repeat(100_000))
      await client.until(({ hasEnded }) => hasEnded)
      assert.match(client.received, /^HTTP\/1\.1 413 /)
      client.destroy()
    }
  })

  it('does not keep in memory what a client does not read', async () => {
    let written = 0
    const server = await serve({
      handler: async (exchange) => {
        const sink = exchange.start(200, none)
        for (; written < 150; written++) await sink.write(new Uint8Array(100_000))
        sink.end()
      },
    })
    const client = await Client.to(server)
    client.pause()
    client.send(get())
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.ok(written < 120, `${written} pieces were written`)
    client.resume()
    await client.until(({ received }) => received.endsWith('\r\n0\r\n\r\n'))
    assert.equal(written, 150)
  })

  it('turns away more connections than it may have', async () => {
    const server = await serve({ limits: { maxConnections: 2 }, handler: echoPath })
    const first = await Client.to(server)
    const second = await Client.to(server)
    await first.until(() => server.connections === 2)
    const third = await Client.to(server)
    await third.until(({ hasEnded, isClosed }) => hasEnded || isClosed)
    assert.equal(server.connections, 2)
    second.send(get('/still'))
    await second.until(({ received }) => received.endsWith('/still'))
  })

  it('ends a head that does not come in time', async () => {
    const server = await serve({ limits: { headTimeoutMs: 150 }, handler: echoPath })
    const client = await Client.to(server)
    client.send('GET / HT')
    await client.until(({ hasEnded }) => hasEnded)
    assert.match(client.received, /^HTTP\/1\.1 408 /)
  })

  it('drains: what is under way is answered, then everything is closed', async () => {
    const server = await serve({
      handler: async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        echoPath(exchange)
      },
    })
    const busy = await Client.to(server)
    const idle = await Client.to(server)
    busy.send(get('/busy'))
    await busy.until(() => server.inFlight === 1)
    const closed = server.close()
    await busy.until(({ hasEnded }) => hasEnded)
    assert.match(busy.received, /connection: close\r\n.*\/busy$/s)
    await idle.until(({ hasEnded }) => hasEnded)
    busy.destroy()
    idle.destroy()
    await closed
    assert.equal(server.connections, 0)
    await assert.rejects(Client.to(server))
  })

  it('gives up waiting when its time is over', async () => {
    const server = await serve({ handler: () => new Promise(() => {}) })
    const client = await Client.to(server)
    client.send(get())
    await client.until(() => server.inFlight === 1)
    await server.close(AbortSignal.timeout(50))
    assert.equal(server.connections, 0)
    await client.until(({ isClosed }) => isClosed)
  })
})

function echoPath(exchange: Exchange): void {
  const { head, pathStart, pathEnd } = exchange
  exchange.respond(200, none, Buffer.from(head.subarray(pathStart, pathEnd)).toString('latin1'))
}
