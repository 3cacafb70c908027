import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from './connect.ts'
import { listen } from './listen.ts'
import { SocketRecorder } from './socket-recorder.fixture.ts'

describe('connect', () => {
  const recorder = (): SocketRecorder => new SocketRecorder()

  /** Takes connections and never says a word: a peer that is up but does not speak TLS. */
  async function silentPort(): Promise<{ port: number; server: SocketRecorder; close(): Promise<void> }> {
    const server = new SocketRecorder()
    const listener = await listen({ handlers: server.handlers })
    return { port: listener.port, server, close: () => listener.close() }
  }

  async function freePort(): Promise<number> {
    const listener = await listen({ handlers: recorder().handlers })
    await listener.close()
    return listener.port
  }

  it('hands out the socket after `open`, with its state', async () => {
    const { port, close } = await silentPort()
    const client = recorder()
    const socket = await connect({ port, state: 'mine', handlers: client.handlers })
    assert.deepEqual(client.events, ['open'])
    assert.equal(socket.state, 'mine')
    assert.deepEqual(socket.peer, { address: '127.0.0.1', port })
    socket.destroy()
    await close()
  })

  it('says that nobody listens, as an error that may be retried', async () => {
    const port = await freePort()
    const client = recorder()
    await assert.rejects(connect({ port, state: undefined, handlers: client.handlers }), {
      name: 'ServiceError',
      code: 'CONNECT_FAILED',
      message: `Cannot connect to 127.0.0.1:${port}: nobody listens there.`,
      retryable: true,
    })
    assert.deepEqual(client.events, [])
  })

  const unreachable = [
    { options: { port: 80_000 }, message: /^Cannot connect to 127\.0\.0\.1:80000: /, why: 'a port beyond all' },
    {
      options: { host: 'no-such-host.invalid', port: 1 },
      message: /the host name cannot be resolved/,
      why: 'unknown name',
    },
    {
      options: { path: '/no/such.sock' },
      message: /^Cannot connect to \/no\/such\.sock: the socket file does not exist/,
      why: 'no file',
    },
  ]
  for (const { options, message, why } of unreachable) {
    it(`says what it could not reach: ${why}`, async () => {
      const { handlers } = recorder()
      await assert.rejects(connect({ ...options, state: undefined, handlers }), { code: 'CONNECT_FAILED', message })
    })
  }

  it('gives up when the connection does not stand in time, and leaves none behind', async () => {
    const { port, server, close } = await silentPort()
    const client = recorder()
    const options = { port, tls: {}, timeoutMs: 50, state: undefined, handlers: client.handlers }
    await assert.rejects(connect(options), { code: 'CONNECT_TIMEOUT', message: /within 50 ms/, retryable: true })
    await server.until(({ events }) => events.includes('peerEnd') || events.includes('close'))
    assert.deepEqual(client.events, [])
    await close()
  })

  it('gives up when its signal aborts, with the reason of the signal', async () => {
    const { port, server, close } = await silentPort()
    const cancel = new AbortController()
    const reason = new Error('not needed any more')
    const { handlers, events } = recorder()
    const connecting = connect({ port, tls: {}, signal: cancel.signal, state: undefined, handlers })
    await server.until(({ events }) => events.includes('open'))
    cancel.abort(reason)
    await assert.rejects(connecting, reason)
    await server.until(({ events }) => events.includes('peerEnd') || events.includes('close'))
    assert.deepEqual(events, [])
    await close()
  })

  it('does not begin when its signal has aborted', async () => {
    const { port, server, close } = await silentPort()
    const reason = new Error('too late')
    const { handlers } = recorder()
    await assert.rejects(connect({ port, signal: AbortSignal.abort(reason), state: undefined, handlers }), reason)
    assert.deepEqual(server.events, [])
    await close()
  })

  it('is not undone by a signal that aborts later', async () => {
    const { port, close } = await silentPort()
    const cancel = new AbortController()
    const socket = await connect({ port, signal: cancel.signal, state: undefined, handlers: recorder().handlers })
    cancel.abort()
    assert.equal(socket.write('still open'), true)
    socket.destroy()
    await close()
  })

  it('says that the peer closed instead of speaking TLS', async () => {
    const listener = await listen({ handlers: { data: (socket) => socket.destroy() } })
    const options = { port: listener.port, tls: {}, state: undefined, handlers: recorder().handlers }
    await assert.rejects(connect(options), { code: 'TLS_FAILED', retryable: false })
    await listener.close()
  })
})
