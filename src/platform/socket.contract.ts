/** What every kind of socket promises on every runtime, whatever carries the bytes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { ConnectOptions } from './connect.ts'
import { connect } from './connect.ts'
import type { Listener, ListenOptions } from './listen.ts'
import { listen } from './listen.ts'
import { currentRuntimeCommand } from './runtime-command.ts'
import type { Socket } from './socket.ts'
import { SocketRecorder } from './socket-recorder.fixture.ts'

export interface SocketTransport {
  readonly name: string
  /** Whether a reset reaches the peer as such. */
  readonly canReset: boolean
  /** Called before anything else of the suite. */
  start(): Promise<void>
  stop(): Promise<void>
  /** What accepts; the platform's `listen` by default. */
  readonly listen?: typeof listen
  /** What the fixture `last-words` is to listen on, where it can. */
  readonly lastWords?: 'sockets' | 'libc'
  listenOptions(): Omit<ListenOptions, 'handlers'>
  connectOptions(listener: Listener): Omit<ConnectOptions, 'handlers' | 'state'>
}

interface Connection {
  client: Socket<unknown>
  server: Socket<unknown>
}

const megabyte = 1_000_000

export function socketContract(transport: SocketTransport): void {
  describe(`a socket over ${transport.name}`, () => {
    const listeners: Listener[] = []

    async function listening(recorder: SocketRecorder): Promise<Listener> {
      const listener = await (transport.listen ?? listen)({ ...transport.listenOptions(), handlers: recorder.handlers })
      listeners.push(listener)
      return listener
    }

    async function connected(server: SocketRecorder, client: SocketRecorder): Promise<Connection> {
      const listener = await listening(server)
      const { handlers } = client
      const socket = await connect({ ...transport.connectOptions(listener), handlers, state: undefined })
      await server.until(({ events }) => events.includes('open'))
      return { client: socket, server: server.socket }
    }

    before(() => transport.start())
    after(async () => {
      for (const listener of listeners) await listener.close()
      await transport.stop()
    })

    it('carries bytes both ways and keeps what its owner attached', async () => {
      const server = new SocketRecorder({
        open: (socket) => {
          socket.state = 'attached'
        },
        data: (socket, bytes) => void socket.write(`${socket.state}: ${Buffer.from(bytes)}`),
        peerEnd: (socket) => socket.end(),
      })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      assert.equal(sockets.client.write('hello'), true)
      await client.until(({ text }) => text === 'attached: hello')
      sockets.client.end()
      await Promise.all([server, client].map((side) => side.until(({ isClosed }) => isClosed)))
      assert.deepEqual(server.events, ['open', 'data', 'peerEnd', 'close'])
    })

    it('writes strings as Latin-1', async () => {
      const server = new SocketRecorder()
      const sockets = await connected(server, new SocketRecorder())
      sockets.client.write('\u00e9\u00ff\u0000!')
      await server.until(({ bytes }) => bytes >= 4)
      assert.equal(server.text, '\u00e9\u00ff\u0000!')
      sockets.client.destroy()
    })

    for (const form of ['bytes', 'string'] as const) {
      it(`sends one write of 12 MB of ${form} whole and in order, and says when it has left`, async () => {
        const bytes = Buffer.from(Uint8Array.from({ length: 12 * megabyte }, (_, index) => index % 251))
        let position = 0
        let inOrder = true
        const client = new SocketRecorder({
          data: (_socket, piece) => {
            inOrder &&= bytes.subarray(position, position + piece.length).equals(piece)
            position += piece.length
          },
        })
        const server = new SocketRecorder()
        const sockets = await connected(server, client)
        assert.equal(sockets.server.write(form === 'bytes' ? bytes : bytes.toString('latin1')), false)
        assert.ok(sockets.server.queuedBytes > 0)
        await server.until(({ drains }) => drains === 1)
        assert.equal(sockets.server.queuedBytes, 0)
        await client.until(({ bytes: received }) => received >= bytes.length)
        assert.equal(client.bytes, bytes.length)
        assert.equal(inOrder, true)
        sockets.client.destroy()
      })
    }

    it('sends what is written into its scratch, and leaves what another has begun there', async () => {
      const server = new SocketRecorder()
      const { client, server: peer } = await connected(server, new SocketRecorder())
      const { scratch } = client
      scratch.text('begun ')
      const from = scratch.end
      scratch.text('first ')
      assert.equal(client.send(from), true)
      assert.equal(scratch.written().toString(), 'begun ')
      scratch.text('second')
      assert.equal(client.send(), true)
      assert.equal(scratch.end, 0)
      await server.until(({ text }) => text === 'first begun second')
      client.destroy()
      scratch.text('in vain')
      assert.equal(client.send(), false)
      assert.equal(scratch.end, 0)
      peer.destroy()
    })

    it('sends scratch whole and in order though it is used again before the kernel took it', async () => {
      let received = ''
      const client = new SocketRecorder({
        open: (socket) => socket.pause(),
        data: (_socket, bytes) => {
          received += Buffer.from(bytes).toString()
        },
      })
      const { server, client: reader } = await connected(new SocketRecorder(), client)
      const { scratch } = server
      const sent: string[] = []
      scratch.text('kept')
      for (let count = 0; count < 200; count++) {
        sent.push(`${count} `.repeat(count % 3 === 0 ? 20_000 : 5))
        scratch.text(sent[count] as string)
        server.send(4)
      }
      assert.ok(server.queuedBytes > 0)
      assert.equal(scratch.written().toString(), 'kept')
      scratch.end = 0
      scratch.text('x'.repeat(100_000))
      scratch.end = 0
      reader.resume()
      const expected = sent.join('')
      await client.until(() => received.length >= expected.length)
      assert.equal(received === expected, true)
      server.destroy()
      reader.destroy()
    })

    it('delivers what several sockets send in one turn, from the handler of one of them', async () => {
      const accepted: Socket<unknown>[] = []
      const server = new SocketRecorder({
        open: (socket) => void accepted.push(socket),
        data: () => {
          for (const [index, socket] of accepted.entries()) assert.equal(sendText(socket, `to ${index}`), true)
        },
      })
      const listener = await listening(server)
      const clients = [new SocketRecorder(), new SocketRecorder(), new SocketRecorder()]
      for (const { handlers } of clients) await connect({ ...transport.connectOptions(listener), handlers, state: 0 })
      while (accepted.length < clients.length) await new Promise((resolve) => setImmediate(resolve))
      clients[1]?.socket.write('go')
      const texts = clients.map(async (client) => {
        await client.until(({ bytes }) => bytes >= 4)
        return client.text
      })
      assert.deepEqual((await Promise.all(texts)).sort(), ['to 0', 'to 1', 'to 2'])
      for (const client of clients) client.socket.destroy()
    })

    const sequels: { does: string; next(socket: Socket<unknown>): void; text: string; last: string }[] = [
      { does: 'another send', next: (socket) => void sendText(socket, ', more'), text: 'sent, more', last: 'data' },
      { does: 'a write', next: (socket) => void socket.write(', more'), text: 'sent, more', last: 'data' },
      {
        does: 'a send that is too large to wait',
        next: (socket) => void sendText(socket, 'x'.repeat(20_000)),
        text: `sent${'x'.repeat(20_000)}`,
        last: 'data',
      },
      { does: 'the end', next: (socket) => socket.end(), text: 'sent', last: 'peerEnd' },
      { does: 'its destruction', next: (socket) => socket.destroy(), text: 'sent', last: 'peerEnd' },
    ]
    const moments: { when: string; run(act: () => void): void }[] = [
      { when: 'a handler', run: (act) => act() },
      { when: 'a promise', run: (act) => void Promise.resolve().then(act) },
      { when: 'a timer', run: (act) => void setTimeout(act, 1) },
    ]
    for (const { does, next, text: expected, last } of sequels) {
      for (const { when, run } of moments) {
        it(`sends before ${does}, in ${when}`, async () => {
          const act = (socket: Socket<unknown>): void => {
            sendText(socket, 'sent')
            next(socket)
          }
          const client = new SocketRecorder()
          const server = new SocketRecorder({ data: (socket) => run(() => act(socket)) })
          const sockets = await connected(server, client)
          sockets.client.write('go')
          await client.until(({ events, bytes }) => bytes >= expected.length && events.includes(last))
          assert.equal(client.text === expected, true)
          sockets.client.destroy()
        })
      }
    }

    it('counts as queued what has yet to leave at the end of the turn', {
      skip: transport.name === 'TLS',
    }, async () => {
      const counts: number[] = []
      const server = new SocketRecorder({
        data: (socket) => {
          sendText(socket, 'sent')
          counts.push(socket.queuedBytes)
          socket.end()
          counts.push(socket.queuedBytes)
        },
      })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      sockets.client.write('go')
      await client.until(({ events }) => events.includes('peerEnd'))
      assert.deepEqual(counts, [4, 0])
      sockets.client.destroy()
    })

    it('says that the peer fell behind, and when it has caught up, though the send had returned true', async () => {
      let told = 0
      const server = new SocketRecorder({ fellBehind: () => void told++ })
      const client = new SocketRecorder({ open: (socket) => socket.pause() })
      const sockets = await connected(server, client)
      let sent = 0
      while (sockets.server.queuedBytes === 0) {
        if (!sendText(sockets.server, 'x'.repeat(8_000))) told++
        sent += 8_000
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      sockets.client.resume()
      await client.until(({ bytes }) => bytes === sent)
      // Node.js lets some bytes wait before it calls that falling behind; who was told nothing waits for nothing.
      assert.equal(server.drains, told)
      assert.equal(sockets.server.queuedBytes, 0)
      sockets.client.destroy()
    })

    it('lets a slow reader hold a fast writer back, and delivers everything in the end', async () => {
      const total = 32 * megabyte
      const piece = Buffer.alloc(64 * 1024, 'x')
      let written = 0
      const fill = (socket: Socket<unknown>): void => {
        while (written < total) {
          written += piece.length
          if (!socket.write(piece)) return
        }
        socket.end()
      }
      const server = new SocketRecorder({ open: fill, drained: fill })
      const client = new SocketRecorder({ open: (socket) => socket.pause() })
      const sockets = await connected(server, client)
      await settled(() => written)
      assert.ok(written < 16 * megabyte, `the writer was let on to ${written} bytes`)
      assert.equal(client.bytes, 0)
      sockets.client.resume()
      await client.until(({ events }) => events.includes('peerEnd'))
      assert.equal(client.bytes, written)
      assert.ok(written >= total)
      sockets.client.end()
      await server.until(({ isClosed }) => isClosed)
    })

    it('holds the peer back while paused and goes on where it stopped', async () => {
      const total = 32 * megabyte
      const server = new SocketRecorder({
        data: (socket) => {
          if (server.bytes < 2 * megabyte) socket.pause()
        },
      })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      sockets.client.write(Buffer.alloc(total))
      await server.until(({ bytes }) => bytes > 0)
      await settled(() => server.bytes)
      assert.ok(server.bytes < 2 * megabyte, `${server.bytes} bytes arrived at a paused socket`)
      assert.ok(
        sockets.client.queuedBytes > 8 * megabyte,
        `the kernel took all but ${sockets.client.queuedBytes} bytes`,
      )
      while (server.bytes < 2 * megabyte) {
        const before = server.bytes
        sockets.server.resume()
        await server.until(({ bytes }) => bytes > before)
      }
      await server.until(({ bytes }) => bytes === total)
      sockets.client.destroy()
    })

    it('reports the peer’s FIN and still sends the answer', async () => {
      const server = new SocketRecorder({
        peerEnd: (socket) =>
          void setImmediate(() => {
            socket.write('the answer')
            socket.end()
          }),
      })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      sockets.client.write('question')
      sockets.client.end()
      await Promise.all([server, client].map((side) => side.until(({ isClosed }) => isClosed)))
      assert.deepEqual(server.events, ['open', 'data', 'peerEnd', 'close'])
      assert.deepEqual(client.events, ['open', 'data', 'peerEnd', 'close'])
      assert.equal(client.text, 'the answer')
      assert.equal(server.error ?? client.error, undefined)
    })

    it('reads on after its own FIN', async () => {
      const server = new SocketRecorder({ open: (socket) => socket.end() })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      await client.until(({ events }) => events.includes('peerEnd'))
      assert.equal(sockets.client.write('still listening?'), true)
      sockets.client.end()
      await Promise.all([server, client].map((side) => side.until(({ isClosed }) => isClosed)))
      assert.equal(server.text, 'still listening?')
      assert.deepEqual(server.events, ['open', 'data', 'peerEnd', 'close'])
      assert.deepEqual(client.events, ['open', 'peerEnd', 'close'])
    })

    it('sends everything queued before its FIN, and nothing after', async () => {
      const server = new SocketRecorder()
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      sockets.server.write(Buffer.alloc(16 * megabyte))
      sockets.server.write('last')
      sockets.server.end()
      assert.equal(sockets.server.write('too late'), false)
      await client.until(({ events }) => events.includes('peerEnd'))
      assert.equal(client.bytes, 16 * megabyte + 4)
      sockets.client.end()
      await server.until(({ isClosed }) => isClosed)
      assert.equal(sockets.server.write('much too late'), false)
    })

    it('keeps the order of a paused read and the FIN behind it', async () => {
      const server = new SocketRecorder({ data: (socket) => socket.pause() })
      const sockets = await connected(server, new SocketRecorder())
      sockets.client.write('one')
      await server.until(({ text }) => text === 'one')
      sockets.client.write('two')
      sockets.client.end()
      await settled(() => server.events.length)
      assert.deepEqual(server.events, ['open', 'data'])
      sockets.server.resume()
      await server.until(({ text }) => text === 'onetwo')
      sockets.server.resume()
      await server.until(({ events }) => events.includes('peerEnd'))
      sockets.server.destroy()
    })

    it('closes once and last, and not from inside destroy()', async () => {
      let inside = false
      let closedInside = false
      const server = new SocketRecorder({
        data: (socket) => {
          inside = true
          socket.destroy()
          socket.destroy({ reset: true })
          inside = false
        },
        close: () => {
          closedInside = inside
        },
      })
      const client = new SocketRecorder()
      const sockets = await connected(server, client)
      sockets.client.write('go')
      await Promise.all([server, client].map((side) => side.until(({ events }) => events.length > 1)))
      await server.until(({ isClosed }) => isClosed)
      await settled(() => server.events.length)
      assert.deepEqual(server.events, ['open', 'data', 'close'])
      assert.equal(server.error, undefined)
      assert.equal(closedInside, false)
      sockets.client.destroy()
    })

    it('closes when it is reset right behind its own FIN', async () => {
      const server = new SocketRecorder()
      const sockets = await connected(server, new SocketRecorder())
      sockets.server.write('last words')
      await new Promise((resolve) => setTimeout(resolve, 20))
      sockets.server.end()
      sockets.server.destroy({ reset: true })
      await server.until(({ isClosed }) => isClosed)
    })

    it('drops what is queued when it is destroyed', async () => {
      const server = new SocketRecorder()
      const client = new SocketRecorder({ open: (socket) => socket.pause() })
      const sockets = await connected(server, client)
      sockets.server.write(Buffer.alloc(32 * megabyte))
      sockets.server.destroy()
      await server.until(({ isClosed }) => isClosed)
      assert.equal(sockets.server.queuedBytes, 0)
      sockets.client.resume()
      await client.until(({ events }) => events.includes('peerEnd') || events.includes('close'))
      assert.ok(client.bytes < 32 * megabyte)
      sockets.client.destroy()
    })

    if (transport.canReset) {
      it('tells a reset from an orderly end', async () => {
        const server = new SocketRecorder()
        const client = new SocketRecorder()
        const sockets = await connected(server, client)
        sockets.client.destroy({ reset: true })
        await server.until(({ isClosed }) => isClosed)
        assert.deepEqual(server.events, ['open', 'close'])
        assert.equal((server.error as NodeJS.ErrnoException).code, 'ECONNRESET')
        assert.equal(client.error, undefined)
      })
    }

    const { lastWords } = transport
    if (lastWords !== undefined) {
      it('has sent what was sent before the process ended', async () => {
        const fixture = new URL('fixtures/last-words.ts', import.meta.url).pathname
        const { command, args } = currentRuntimeCommand()
        const process = spawn(command, [...args, fixture, lastWords], { stdio: ['ignore', 'pipe', 'inherit'] })
        const [line] = await once(process.stdout, 'data')
        const client = new SocketRecorder()
        const { handlers } = client
        const socket = await connect({ host: '127.0.0.1', port: Number(line), handlers, state: undefined })
        socket.write('go')
        await client.until(({ events }) => events.includes('peerEnd') || events.includes('close'))
        assert.equal(client.text, 'last words')
        socket.destroy()
      })
    }

    it('notices that the process at the other end was killed', async () => {
      const server = new SocketRecorder()
      const listener = await listening(server)
      const options = JSON.stringify(transport.connectOptions(listener))
      const peer = spawn(process.execPath, [new URL('fixtures/idle-client.ts', import.meta.url).pathname, options])
      await server.until(({ text }) => text === 'ready')
      peer.kill('SIGKILL')
      await server.until(({ events }) => events.includes('peerEnd') || events.includes('close'))
      // Half-closed at first, as far as TCP knows; the first write finds out.
      while (!server.isClosed) {
        server.socket.write('are you there?')
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(server.error instanceof Error)
    })

    const throwing = [
      { handler: 'open', why: 'before anything was read' },
      { handler: 'data', why: 'in the middle of the stream' },
      { handler: 'peerEnd', why: 'after the last byte' },
      { handler: 'drained', why: 'while writing' },
    ] as const
    for (const { handler, why } of throwing) {
      it(`costs its connection, and no other, when \`${handler}\` throws ${why}`, async () => {
        const fault = new Error(`a fault in ${handler}`)
        let faulty = true
        const server = new SocketRecorder({
          [handler]: (): void => {
            if (faulty) throw fault
          },
        })
        const listener = await listening(server)
        const options = { ...transport.connectOptions(listener), state: undefined }
        const client = new SocketRecorder()
        const connecting = connect({ ...options, handlers: client.handlers })
        // The reset of a faulty `open` may be there before the connection is.
        const socket = await connecting.catch(() => undefined)
        await server.until(({ events }) => events.includes('open'))
        if (handler === 'drained') server.socket.write(Buffer.alloc(24 * megabyte))
        socket?.write('x')
        socket?.end()
        await server.until(({ isClosed }) => isClosed)
        assert.equal(server.error, fault)
        if (socket !== undefined) await client.until(({ isClosed }) => isClosed)
        faulty = false
        const opens = server.events.length
        const next = await connect({ ...options, handlers: new SocketRecorder().handlers })
        await server.until(({ events }) => events.length > opens)
        next.destroy()
      })
    }

    it('turns a throw of `close` into a warning of the process', async () => {
      const fault = new Error('a fault in close')
      const server = new SocketRecorder({
        close: () => {
          throw fault
        },
      })
      const sockets = await connected(server, new SocketRecorder())
      const warned = once(process, 'warning')
      sockets.server.destroy()
      assert.deepEqual(await warned, [fault])
      sockets.client.destroy()
    })

    it('lives on when its listener closes, while nobody new gets in', async () => {
      const server = new SocketRecorder({ data: (socket, bytes) => void socket.write(Uint8Array.from(bytes)) })
      const client = new SocketRecorder()
      const listener = await listening(server)
      const options = { ...transport.connectOptions(listener), state: undefined }
      const socket = await connect({ ...options, handlers: client.handlers })
      await server.until(({ events }) => events.includes('open'))
      await listener.close()
      await assert.rejects(connect({ ...options, handlers: new SocketRecorder().handlers }), { code: 'CONNECT_FAILED' })
      socket.write('still here')
      await client.until(({ text }) => text === 'still here')
      socket.destroy()
      await listener.close()
    })
  })
}

function sendText(socket: Socket<unknown>, text: string): boolean {
  const from = socket.scratch.end
  socket.scratch.text(text)
  return socket.send(from)
}

/** Resolves when `reading` has stood still for a while: the only way to see that something does not happen. */
async function settled(reading: () => number): Promise<void> {
  for (let last = -1, still = 0; still < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    still = reading() === last ? still + 1 : 0
    last = reading()
  }
}
