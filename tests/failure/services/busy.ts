/** Every request computes for a moment and waits for a moment, so that many are under way at any time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createService } from 'genever'

const service = createService({
  name: 'busy',
  shutdown: {
    graceMs: Number(process.env.GRACE_MS ?? 15_000),
    unreadyMs: Number(process.env.UNREADY_MS ?? 1_500),
  },
})

service.add({ name: 'relay' }, { singleton: true })
service.add({
  name: 'database',
  start() {
    if (process.env.FAIL_START !== undefined) throw new Error('told to fail')
  },
})

service.http.get('/work/:number', async (c) => {
  const { number } = c.params
  compute(0.2)
  await sleep(5 + (Number(number) % 20))
  return c.text(`done ${number}`)
})

service.http.post('/orders', async (c) => c.text(`${(await c.raw.text()).length} characters`))

/** Which process answers, and whether it is the one that runs the relay. */
service.http.get('/who', (c) => c.json({ pid: process.pid, leads: service.isSingleton }))

/** Which modules of Node.js it has loaded by now; nothing on Bun, which does not say. */
service.http.get('/modules', () => Reflect.get(process, 'moduleLoadList') ?? [])

/** Longer than any grace: for what must be given up on. */
service.http.get('/hang', async (c) => {
  await sleep(600_000)
  return c.text('too late')
})

/** Piece by piece, for a time in milliseconds. */
service.http.get('/slow/:ms', (c) => c.stream(pieces(Number(c.params.ms)), { contentType: 'text/plain' }))

/** More than any buffer between here and a client that does not read. */
service.http.get('/large', (c) => c.stream(megabytes(64)))

service.http.get('/crash', (c) => {
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
  return c.text('soon')
})

await service.run()

async function* pieces(ms: number): AsyncGenerator<string> {
  for (let i = 0; i < 10; i++) {
    yield `${i},`
    await sleep(ms / 10)
  }
}

function* megabytes(count: number): Generator<Uint8Array> {
  const megabyte = new Uint8Array(1024 * 1024)
  for (let i = 0; i < count; i++) yield megabyte
}

function compute(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}
