import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { connect } from '../connect.ts'
import { currentRuntimeCommand } from '../runtime-command.ts'
import type { Socket } from '../socket.ts'
import { SocketRecorder } from '../socket-recorder.fixture.ts'
import { missingLibc } from './libc-skip.fixture.ts'
import { listen } from './listen.ts'

const skip = await missingLibc()
const fixture = new URL('../fixtures/libc-echo.ts', import.meta.url).pathname

describe('listening through the C library', { skip }, () => {
  const children: ChildProcess[] = []
  after(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  /** An echo server of its own process, with so many descriptors; what it prints next. */
  function echoServer(maxDescriptors: number): { child: ChildProcess; nextLine(): Promise<string> } {
    const { command, args } = currentRuntimeCommand()
    const script = `ulimit -n ${maxDescriptors}; exec "$0" "$@"`
    const child = spawn('sh', ['-c', script, command, ...args, fixture], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    return {
      child,
      nextLine: async () => String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]).trim(),
    }
  }

  async function asked(port: number): Promise<{ recorder: SocketRecorder; socket: Socket<unknown> }> {
    const recorder = new SocketRecorder()
    const socket = await connect({ port, state: undefined, handlers: recorder.handlers })
    socket.write('hello')
    return { recorder, socket }
  }

  it('goes on when there were no descriptors left', { timeout: 30_000 }, async () => {
    const { nextLine } = echoServer(64)
    const port = Number(await nextLine())
    const crowd = await Promise.all(Array.from({ length: 100 }, () => asked(port)))
    const answered = (): number => crowd.filter(({ recorder }) => recorder.text === 'hello').length
    await Promise.race(crowd.map(({ recorder }) => recorder.until(({ text }) => text === 'hello')))
    assert.ok(answered() < 64)
    for (const { socket } of crowd) socket.destroy()
    const { recorder, socket } = await asked(port)
    await recorder.until(({ text }) => text === 'hello')
    socket.destroy()
  })

  it('uses no CPU while nothing happens, with connections open', { timeout: 30_000 }, async () => {
    const { child, nextLine } = echoServer(256)
    const port = Number(await nextLine())
    const { recorder, socket } = await asked(port)
    await recorder.until(({ text }) => text === 'hello')
    const cpuMicros = async (): Promise<number> => {
      child.stdin?.write('\n')
      return Number(await nextLine())
    }
    // A runtime that has just started still compiles and collects; the calmest of some rests counts.
    const used: number[] = []
    for (let rest = 0; rest < 5; rest++) {
      const before = await cpuMicros()
      await new Promise((resolve) => setTimeout(resolve, 200))
      used.push((await cpuMicros()) - before)
    }
    assert.ok(Math.min(...used) < 10_000, `${used.join(', ')} µs of CPU time in rests of 200 ms`)
    socket.destroy()
  })

  it('goes on when whoever was lent the bytes has given their memory away', async () => {
    const server = new SocketRecorder({
      data: (socket, bytes) => {
        const { buffer } = bytes
        socket.write(Uint8Array.from(bytes))
        structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
      },
    })
    const listener = await listen({ handlers: server.handlers })
    const { recorder, socket } = await asked(listener.port)
    let said = 'hello'
    for (const more of ['hello', 'a', 'hello', 'longer than before']) {
      await recorder.until(({ text }) => text === said)
      socket.write(more)
      said += more
    }
    await recorder.until(({ text }) => text === said)
    socket.destroy()
    server.socket.destroy()
    await listener.close()
  })

  it('has no TLS', async () => {
    const tls = { cert: '', key: '' }
    await assert.rejects(listen({ tls, handlers: { data() {} } }), { code: 'NOT_SUPPORTED', message: /has no TLS/ })
  })

  const impossible = [
    { options: { port: 80_000 }, message: /^Cannot listen on 127\.0\.0\.1:80000: a port is/, why: 'a port beyond all' },
    { options: { host: '192.0.2.1' }, message: /192\.0\.2\.1:0: no network interface/, why: 'an address of nobody' },
    { options: { host: 'no-such-host.invalid' }, message: /no-such-host\.invalid/, why: 'an unknown name' },
    { options: { path: '/no/such/folder/x.sock' }, message: /its folder does not exist/, why: 'a folder' },
    { options: { path: `/tmp/${'x'.repeat(110)}` }, message: /at most 107 bytes/, why: 'a path that the kernel cuts' },
  ]
  for (const { options, message, why } of impossible) {
    it(`says why it cannot listen: ${why}`, async () => {
      await assert.rejects(listen({ ...options, handlers: { data() {} } }), { code: 'LISTEN_FAILED', message })
    })
  }

  const addresses = [
    { host: '::1', to: '::1', peer: '::1', why: 'IPv6' },
    { host: '::', to: '127.0.0.1', peer: '127.0.0.1', why: 'IPv4 on the address of both' },
    { host: 'localhost', to: 'localhost', peer: undefined, why: 'a name' },
  ]
  for (const { host, to, peer, why } of addresses) {
    it(`listens on ${host} and is reached by ${to} (${why})`, async () => {
      const recorder = new SocketRecorder()
      const listener = await listen({ host, handlers: recorder.handlers })
      const client = await connect({ host: to, port: listener.port, state: undefined, handlers: { data() {} } })
      await recorder.until(({ events }) => events.includes('open'))
      if (peer !== undefined) assert.equal(recorder.socket.peer.address, peer)
      assert.ok(recorder.socket.peer.port > 0)
      client.destroy()
      recorder.socket.destroy()
      await listener.close()
    })
  }

  it('says that an address is occupied, and shares a port with those who share it', async () => {
    const handlers = { data() {} }
    const first = await listen({ handlers, sharedPort: true })
    await assert.rejects(listen({ handlers, port: first.port }), { code: 'ADDRESS_IN_USE' })
    const second = await listen({ handlers, port: first.port, sharedPort: true })
    assert.equal(second.port, first.port)
    await Promise.all([first.close(), second.close()])
    await (await listen({ handlers, port: first.port })).close()
  })
})
