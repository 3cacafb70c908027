import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect } from './connect.ts'
import { type Listener, listen } from './listen.ts'
import { spawnProcess } from './processes.ts'
import { currentRuntimeCommand } from './runtime-command.ts'
import type { Socket } from './socket.ts'
import { SocketRecorder } from './socket-recorder.fixture.ts'

const handlers = {
  data: (socket: Socket<unknown>, bytes: Uint8Array): void => void socket.write(Uint8Array.from(bytes)),
}

describe('listen', () => {
  const open: Listener[] = []
  let folder = ''

  async function listening(options: Omit<Parameters<typeof listen>[0], 'handlers'>): Promise<Listener> {
    const listener = await listen({ ...options, handlers })
    open.push(listener)
    return listener
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'genever-listen-'))
  })
  after(async () => {
    for (const listener of open) await listener.close()
    await rm(folder, { recursive: true })
  })

  it('takes a free port of the loopback address unless told otherwise', async () => {
    const listener = await listening({})
    assert.equal(listener.host, '127.0.0.1')
    assert.ok(listener.port > 1023)
    assert.equal(listener.path, undefined)
  })

  it('reads what all connections send into one array', async () => {
    const arrays = new Set<ArrayBufferLike>()
    const texts: string[] = []
    const recorder = new SocketRecorder({
      data(socket, bytes) {
        arrays.add(bytes.buffer)
        texts.push(Buffer.from(bytes).toString())
        socket.end()
      },
    })
    const listener = await listen({ handlers: recorder.handlers })
    open.push(listener)
    for (const text of ['one', 'two', 'three']) {
      const client = new SocketRecorder()
      const socket = await connect({ port: listener.port, handlers: client.handlers, state: undefined })
      socket.write(text)
      await client.until(({ events }) => events.includes('peerEnd'))
      socket.destroy()
    }
    assert.deepEqual(texts, ['one', 'two', 'three'])
    assert.equal(arrays.size, 1)
  })

  it('names an occupied address and what to do about it', async () => {
    const { port } = await listening({})
    await assert.rejects(listening({ port }), {
      name: 'ServiceError',
      code: 'ADDRESS_IN_USE',
      message: `127.0.0.1:${port} is occupied: stop the process that listens there, or choose another port (0 takes a free one).`,
    })
    await assert.rejects(listening({ port, sharedPort: true }), { code: 'ADDRESS_IN_USE' })
  })

  it('frees its port when it closes', async () => {
    const listener = await listening({})
    await listener.close()
    const next = await listening({ port: listener.port })
    assert.equal(next.port, listener.port)
  })

  it('shares a port with those who share it too', async () => {
    const first = await listening({ sharedPort: true })
    const second = await listening({ sharedPort: true, port: first.port })
    assert.equal(second.port, first.port)
    await assert.rejects(listening({ port: first.port }), { code: 'ADDRESS_IN_USE' })
  })

  const addresses = [
    { host: '::1', to: '::1', peer: '::1', why: 'IPv6 alone' },
    { host: '::', to: '::1', peer: '::1', why: 'both families, by IPv6' },
    { host: '::', to: '127.0.0.1', peer: '127.0.0.1', why: 'both families: an IPv4 peer has its own form' },
    { host: '0.0.0.0', to: '127.0.0.1', peer: '127.0.0.1', why: 'all of IPv4' },
    { host: 'localhost', to: 'localhost', peer: undefined, why: 'a name, whichever family it means here' },
  ]
  for (const { host, to, peer, why } of addresses) {
    it(`listens on ${host} and is reached by ${to} (${why})`, async () => {
      const recorder = new SocketRecorder()
      const listener = await listen({ host, handlers: recorder.handlers })
      open.push(listener)
      const client = await connect({ host: to, port: listener.port, state: undefined, handlers })
      await recorder.until(({ events }) => events.includes('open'))
      if (peer !== undefined) assert.equal(recorder.socket.peer.address, peer)
      assert.ok(recorder.socket.peer.port > 0)
      assert.equal(recorder.socket.peer.tls, undefined)
      client.destroy()
    })
  }

  const impossible = [
    { options: { port: 80_000 }, message: /^Cannot listen on 127\.0\.0\.1:80000: /, why: 'a port beyond all' },
    { options: { host: '192.0.2.1' }, message: /192\.0\.2\.1:0: no network interface/, why: 'an address of nobody' },
    { options: { host: 'no-such-host.invalid' }, message: /no-such-host\.invalid/, why: 'an unknown name' },
    {
      options: { path: '/no/such/folder/x.sock' },
      message: /its folder does not exist or may not be written to/,
      why: 'a folder',
    },
  ]
  for (const { options, message, why } of impossible) {
    it(`says why it cannot listen: ${why}`, async () => {
      await assert.rejects(listening(options), { code: 'LISTEN_FAILED', message })
    })
  }

  it('replaces the file of a Unix socket whose process was killed', async () => {
    const path = join(folder, 'stale.sock')
    const fixture = new URL('fixtures/unix-listener.ts', import.meta.url).pathname
    const { command, args } = currentRuntimeCommand()
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const killed = await spawnProcess({ command, args: [...args, fixture, path], onStdout: () => resolve() })
    await ready
    await assert.rejects(listening({ path }), { code: 'ADDRESS_IN_USE', message: new RegExp(`^${path} is occupied`) })
    killed.kill('SIGKILL')
    await killed.exited
    assert.ok(existsSync(path))
    const listener = await listening({ path })
    assert.equal(listener.path, path)
    assert.equal(listener.port, 0)
    assert.equal(listener.host, '')
    await listener.close()
    assert.equal(existsSync(path), false)
  })

  it('leaves a file alone that is no socket', async () => {
    const path = join(folder, 'notes.txt')
    await writeFile(path, 'precious')
    await assert.rejects(listening({ path }), { code: 'ADDRESS_IN_USE' })
    assert.ok(existsSync(path))
  })

  it('has no certificate to reload without TLS', async () => {
    const listener = await listening({})
    assert.throws(() => listener.reloadTls({ cert: '', key: '' }), { code: 'NO_TLS' })
  })
})
