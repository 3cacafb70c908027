import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { connect } from './connect.ts'
import { listen } from './listen.ts'
import { type RunningProcess, spawnProcess } from './processes.ts'
import { canInheritListener, type ReservedListener, reserveListener } from './reserve-listener.ts'
import { currentRuntimeCommand } from './runtime-command.ts'
import type { SocketHandlers } from './socket.ts'

const fixture = new URL('fixtures/echo-worker.ts', import.meta.url).pathname
const skip = (await canInheritListener()) ? false : 'this runtime cannot hold a listening socket for its workers'

async function startWorker({ fd }: ReservedListener): Promise<RunningProcess> {
  const { command, args } = currentRuntimeCommand()
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const options = JSON.stringify({ fd: 3 })
  const worker = await spawnProcess({
    command,
    args: [...args, fixture, options],
    inherit: [fd],
    onMessage: () => resolve(),
  })
  await ready
  return worker
}

/** What the worker answered, on a connection of its own. Rejects if it is refused, reset or closed without an answer. */
async function ask(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const handlers: SocketHandlers<undefined> = {
    data: (socket, bytes) => {
      resolve(Buffer.from(bytes).toString())
      socket.end()
    },
    peerEnd: (socket) => socket.end(),
    close: (_socket, error) => reject(error ?? new Error('closed without an answer')),
  }
  const socket = await connect({ port, state: undefined, handlers })
  socket.write('who are you?')
  return promise
}

describe('a reserved listener', { skip }, () => {
  const workers = new Set<RunningProcess>()
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await Promise.all([...workers].map((worker) => worker.exited))
  })

  it('names its address and keeps others from it once a worker listens', async () => {
    const reserved = await reserveListener()
    assert.equal(reserved.host, '127.0.0.1')
    const worker = await startWorker(reserved)
    workers.add(worker)
    const taken = { port: reserved.port, handlers: { data() {} } }
    await assert.rejects(listen(taken), { code: 'ADDRESS_IN_USE' })
    await assert.rejects(reserveListener({ port: reserved.port }), { code: 'ADDRESS_IN_USE' })
    assert.equal(await ask(reserved.port), String(worker.pid))
    reserved.close()
    assert.equal(await ask(reserved.port), String(worker.pid))
    worker.kill()
    assert.deepEqual(await worker.exited, { code: 0, signal: undefined })
    const next = await listen(taken)
    await next.close()
  })

  it('keeps connections waiting while no worker is there', async () => {
    const reserved = await reserveListener()
    const first = await startWorker(reserved)
    first.kill()
    await first.exited
    const waiting = ask(reserved.port)
    const second = await startWorker(reserved)
    workers.add(second)
    assert.equal(await waiting, String(second.pid))
    reserved.close()
  })

  it('loses no connection while its workers are recycled 20 times under load', async () => {
    const reserved = await reserveListener()
    const running = [await startWorker(reserved), await startWorker(reserved)]
    for (const worker of running) workers.add(worker)
    let isOver = false
    let answers = 0
    const failures: unknown[] = []
    const seen = new Set<string>()
    const load = Array.from({ length: 16 }, async () => {
      while (!isOver) {
        await ask(reserved.port).then(
          (pid) => seen.add(pid) && answers++,
          (error: unknown) => failures.push(error),
        )
      }
    })
    for (let recycled = 0; recycled < 20; recycled++) {
      const successor = await startWorker(reserved)
      workers.add(successor)
      running.push(successor)
      const leaver = running.shift()
      leaver?.kill('SIGTERM')
      assert.deepEqual(await leaver?.exited, { code: 0, signal: undefined })
    }
    isOver = true
    await Promise.all(load)
    reserved.close()
    assert.deepEqual(failures, [])
    assert.ok(answers > 1_000, `only ${answers} answers`)
    assert.ok(seen.size > 10, `only ${seen.size} workers took part`)
  })
})
