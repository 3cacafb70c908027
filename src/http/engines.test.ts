/** What only a connection shows: sockets, clients that leave, ends that are asked for. On both engines. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { ServiceError } from '../foundation/errors/service-error.ts'
import { connect } from '../platform/connect.ts'
import type { Socket } from '../platform/socket.ts'
import type { Engine } from '../wire/engines/engine.ts'
import { nativeEngine } from '../wire/engines/native.ts'
import { socketsEngine } from '../wire/engines/sockets.ts'
import { type App, createApp } from './app.ts'
import type { Middleware } from './middleware.ts'

async function serving<T>(engine: Engine, app: App, use: (address: string) => Promise<T>): Promise<T> {
  const server = await engine.listen({ handler: app.handler })
  try {
    return await use(`127.0.0.1:${server.port}`)
  } finally {
    await server.close(AbortSignal.timeout(1_000))
  }
}

/** Messages and the end of a client's socket, in order. */
async function trailOf(url: string, sent: readonly string[], protocols: string[] = []): Promise<string[]> {
  const trail: string[] = []
  const socket = new WebSocket(url, protocols)
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.addEventListener('open', () => {
    for (const message of sent) socket.send(message)
  })
  socket.addEventListener('message', ({ data }) => trail.push(String(data)))
  socket.addEventListener('close', ({ code }) => {
    trail.push(`closed ${code}`)
    resolve()
  })
  await promise
  return trail
}

for (const engine of [socketsEngine, nativeEngine]) {
  describe(`an app on the ${engine.name} engine`, () => {
    it('answers as it does in memory', async () => {
      const app = createApp()
      app.post('/orders/:id', { body: z.object({ n: z.int() }), query: z.object({ dry: z.boolean() }) }, async (c) => {
        await Promise.resolve()
        return { id: c.params.id, n: c.body.n, dry: c.query.dry }
      })
      await serving(engine, app, async (address) => {
        const answer = await fetch(`http://${address}/orders/7?dry=true`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"n":1}',
        })
        assert.deepEqual(await answer.json(), { id: '7', n: 1, dry: true })
        assert.equal((await fetch(`http://${address}/nothing`)).status, 404)
      })
    })

    it('cancels the context of a client that resets its connection', async () => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<unknown>()
      const app = createApp()
      app.get('/x', async (c) => {
        c.signal.addEventListener('abort', () => cancel(c.signal.reason))
        begin()
        await cancelled
      })
      await serving(engine, app, async (address) => {
        const handlers = { data: () => {} }
        const client = await connect({ port: Number(address.split(':')[1]), state: undefined, handlers })
        client.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
        await begun
        client.destroy({ reset: true })
        assert.equal(((await cancelled) as ServiceError).code, 'CLIENT_GONE')
      })
    })

    it('ends the source of a stream whose client leaves', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const app = createApp()
      app.get('/x', async function* () {
        try {
          for (;;) {
            yield 'x'.repeat(10_000)
            await new Promise((done) => setImmediate(done))
          }
        } finally {
          resolve()
        }
      })
      await serving(engine, app, async (address) => {
        const client = new AbortController()
        const answer = await fetch(`http://${address}/x`, { signal: client.signal })
        await answer.body?.getReader().read()
        client.abort()
        await promise
      })
    })

    it('passes on what fetch() of another server gives, decoded as it is', async () => {
      const upstream = createApp()
      upstream.get('/x', (c) => c.header('content-encoding', 'gzip').bytes(gzipSync('hello'), 'text/x'))
      const app = createApp()
      await serving(engine, upstream, async (upstreamAddress) => {
        app.get('/x', () => fetch(`http://${upstreamAddress}/x`))
        await serving(engine, app, async (address) => {
          const answer = await fetch(`http://${address}/x`)
          assert.equal(answer.headers.get('content-type'), 'text/x')
          assert.equal(await answer.text(), 'hello')
        })
      })
    })

    it('serves WebSockets through router, layers and schemas', async () => {
      const named: Middleware<{ user: string }> = (c, next) => {
        c.state.user = 'ann'
        return next()
      }
      const statuses: number[] = []
      const app = createApp()
      app.use(async (_c, next) => {
        const reply = await next()
        statuses.push(reply.status)
      })
      app.webSocket(
        '/rooms/:room',
        { query: z.object({ n: z.coerce.number() }), protocols: ['chat'] },
        named,
        (socket, c) => {
          socket.onMessage(async (message) => {
            await Promise.resolve()
            // The context lives as long as the socket.
            await socket.send(`${c.state.user} in ${c.params.room} ${c.query.n + 1}: ${message} (${socket.protocol})`)
            if (message === 'bye') socket.close(4_000)
          })
        },
      )
      const trail = await serving(engine, app, (address) =>
        trailOf(`ws://${address}/rooms/blue?n=6`, ['hi', 'bye'], ['chat']),
      )
      assert.deepEqual(trail, ['ann in blue 7: hi (chat)', 'ann in blue 7: bye (chat)', 'closed 4000'])
      assert.deepEqual(statuses, [101])
    })

    it('refuses WebSockets by layers, by schemas and by the handshake itself', async () => {
      const app = createApp()
      const opened: string[] = []
      app.webSocket(
        '/layer',
        {},
        (c) => c.json({ code: 'NO' }, 401),
        () => void opened.push('layer'),
      )
      app.webSocket('/schema', { query: z.object({ n: z.int() }) }, () => void opened.push('schema'))
      await serving(engine, app, async (address) => {
        assert.equal((await fetch(`http://${address}/layer`)).status, 401)
        assert.equal((await fetch(`http://${address}/schema`)).status, 400)
        const plain = await fetch(`http://${address}/schema?n=1`)
        assert.equal(plain.status, 426)
        assert.equal(((await plain.json()) as { code: string }).code, 'UPGRADE_REQUIRED')
        for (const path of ['layer', 'schema'])
          assert.equal((await trailOf(`ws://${address}/${path}`, [])).at(-1), 'closed 1006')
      })
      assert.deepEqual(opened, [])
    })

    it('closes a WebSocket whose handler fails, and tells', async () => {
      const faults: unknown[] = []
      const app = createApp({ onFault: (error) => faults.push((error as Error).message) })
      app.webSocket('/x', {}, async () => {
        throw new Error('broken')
      })
      assert.deepEqual(await serving(engine, app, (address) => trailOf(`ws://${address}/x`, [])), ['closed 1011'])
      assert.deepEqual(faults, ['broken'])
    })

    it('tells a plain request to a WebSocket what to upgrade to', async () => {
      const app = createApp()
      app.webSocket('/ws', {}, () => {})
      const answer = await app.request('/ws')
      assert.equal(answer.status, 426)
      assert.equal(answer.headers.get('upgrade'), 'websocket')
      assert.equal(answer.headers.get('sec-websocket-version'), '13')
    })

    it('ends WebSockets and event streams when it drains, and cancels their work', async () => {
      const app = createApp()
      const { promise: opened, resolve: open } = Promise.withResolvers<void>()
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>()
      app.webSocket('/socket', {}, (_socket, c) => {
        c.signal.addEventListener('abort', () => cancel())
        open()
      })
      app.get('/events', (c) =>
        c.sse(
          (async function* () {
            yield 1
            await new Promise(() => {})
          })(),
        ),
      )
      await serving(engine, app, async (address) => {
        const events = await fetch(`http://${address}/events`)
        const socket = trailOf(`ws://${address}/socket`, [])
        await opened
        app.drain()
        assert.deepEqual(await socket, ['closed 1001'])
        assert.equal(await events.text(), 'data: 1\n\n')
        await cancelled
      })
    })
  })
}

describe('another protocol', () => {
  it('may have the connection', async () => {
    const app = createApp()
    app.get('/echo', (c) => {
      const connection = c.upgrade('echo')
      connection.handlers = { data: (bytes) => void connection.write(bytes), end: () => connection.end() }
    })
    const received = await serving(socketsEngine, app, async (address) => {
      const { promise, resolve } = Promise.withResolvers<string>()
      let text = ''
      const data = (socket: Socket, bytes: Uint8Array) => {
        text += new TextDecoder().decode(bytes)
        if (text.endsWith('\r\n\r\n')) socket.write('hello')
        if (text.endsWith('hello')) socket.end()
      }
      const handlers = { data, close: () => resolve(text) }
      const client = await connect({ port: Number(address.split(':')[1]), state: undefined, handlers })
      client.write('GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
      return promise
    })
    assert.match(received, /^HTTP\/1.1 101 .*\r\nupgrade: echo\r\n/s)
    assert.ok(received.endsWith('\r\n\r\nhello'))
  })

  it('is refused without a connection', async () => {
    const app = createApp()
    app.get('/echo', (c) => void c.upgrade('echo'))
    assert.equal((await app.request('/echo')).status, 501)
  })
})

describe('WebSockets without a connection', () => {
  it('are refused', async () => {
    const app = createApp()
    app.webSocket('/x', {}, () => {})
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    assert.equal((await app.request('/x', { headers })).status, 501)
  })
})
