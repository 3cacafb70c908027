/** Slow clients: 200 that dribble headers or bodies, or do not read, must not delay 50 that behave. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpConnection } from './support/http-client.ts'
import { killAll, runtimes, startService } from './support/service-process.ts'

const slowClients = 200
const goodClients = 50
const requestsEach = 30
const rounds = 3
/** What another process on this machine may add to a tail within one round. */
const noiseMs = 15

after(killAll)

for (const runtime of runtimes) {
  for (const engine of ['sockets', 'native', 'libc']) {
    describe(`slow clients of the ${engine} engine on ${runtime}`, () => {
      it('do not delay good ones', { timeout: 90_000 }, async (t) => {
        const service = await startService('busy', runtime, { NODE_ENV: 'production', ENGINE: engine, UNREADY_MS: '0' })
        await service.untilReady()
        await p99OfGood(service.port)
        const calm: number[] = []
        const crowded: number[] = []
        // Rounds alternate, so that what else happens on this machine happens to both.
        for (let round = 0; round < rounds; round++) {
          calm.push(await p99OfGood(service.port))
          const crowd = Array.from({ length: slowClients }, (_, index) => slowClient(service.port, index))
          await sleep(500)
          crowded.push(await p99OfGood(service.port))
          for (const socket of crowd) socket.destroy()
          await sleep(100)
        }
        t.diagnostic(`p99 alone ${texts(calm)} ms, beside ${slowClients} slow clients ${texts(crowded)} ms`)
        assert.ok(Math.min(...crowded) <= 2 * Math.min(...calm) + noiseMs)
        assert.equal((await service.stop()).code, 0)
      })
    })
  }
}

/** Three kinds in turn; each sends or takes as little as it can without being closed at once. */
function slowClient(port: number, index: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  const beginnings = [
    'GET /work/1 HTTP/1.1\r\nhost: slow\r\nx-slow: ',
    'POST /orders HTTP/1.1\r\nhost: slow\r\ncontent-type: text/plain\r\ncontent-length: 100000\r\n\r\n',
    'GET /large HTTP/1.1\r\nhost: slow\r\n\r\n',
  ]
  socket.write(beginnings[index % beginnings.length] ?? '')
  if (index % 3 === 2) socket.pause()
  else {
    const timer = setInterval(() => socket.write('x'), 200)
    socket.on('close', () => clearInterval(timer))
  }
  return socket
}

async function p99OfGood(port: number): Promise<number> {
  const latencies = (await Promise.all(Array.from({ length: goodClients }, () => goodClient(port)))).flat()
  latencies.sort((a, b) => a - b)
  return latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY
}

async function goodClient(port: number): Promise<number[]> {
  const connection = await HttpConnection.open(port)
  const latencies: number[] = []
  for (let i = 0; i < requestsEach; i++) {
    const startedMs = performance.now()
    const { status } = await connection.get('/work/0')
    assert.equal(status, 200)
    latencies.push(performance.now() - startedMs)
    await sleep(10 * Math.random())
  }
  connection.close()
  return latencies
}

function texts(values: readonly number[]): string {
  return values.map((value) => value.toFixed(1)).join(' ')
}
