/**
 * Measures one runtime; `concurrency.ts` starts it. Prints one line of JSON for each operation and implementation.
 *
 *   node --expose-gc measure.ts PEERS_FOLDER
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Channel, Group, Mutex, nextTurn, Pool, Semaphore, select, Workers } from 'genever/concurrency'
import { chain } from './chain.ts'

type Round = (count: number) => Promise<void> | void

interface Operation {
  readonly name: string
  readonly count: number
  readonly by: Readonly<Record<string, Round>>
}

/** What is used of the packages in `peers.mjs`. */
interface Peers {
  channel(capacity: number): { write(value: number): Promise<boolean>; read(): Promise<number | undefined> }
  selectChannel(one: unknown, ...others: unknown[]): Promise<[number | undefined, unknown]>
  AsyncChannel: new (capacity: number) => { push(value: number): Promise<void>; get(): Promise<number> }
  AsyncMutex: new () => { acquire(): Promise<() => void> }
  AsyncSemaphore: new (permits: number) => { acquire(): Promise<[number, () => void]> }
  Sema: new (permits: number) => { acquire(): Promise<unknown>; release(): void }
  pLimit(limit: number): (task: () => Promise<void>) => Promise<void>
  PQueue: new (options: {
    concurrency: number
  }) => { add(task: () => Promise<void>): Promise<void>; onIdle(): Promise<void> }
  Piscina: new (options: object) => { run(input: number): Promise<string>; destroy(): Promise<void> }
}

const rounds = 9
const folder = process.argv[2] ?? '.'
const peers: Peers = await import(pathToFileURL(join(folder, 'peers.mjs')).href)
const { AsyncChannel, AsyncMutex, AsyncSemaphore, channel, Piscina, PQueue, pLimit, Sema, selectChannel } = peers

const operations: readonly Operation[] = [
  {
    name: 'tasks started and joined',
    count: 10_000,
    by: {
      'Genever Group': async (count) => {
        const group = new Group()
        for (let at = 0; at < count; at++) group.go(task)
        await group.wait()
      },
      'Promise.all': async (count) => {
        const tasks: Promise<void>[] = []
        for (let at = 0; at < count; at++) tasks.push(task())
        await Promise.all(tasks)
      },
      'p-limit': (count) => joinAll(pLimit(count), count),
      'p-queue': (count) => queueAll(new PQueue({ concurrency: count }), count),
    },
  },
  {
    name: 'tasks, 100 at a time',
    count: 10_000,
    by: {
      'Genever Group': async (count) => {
        const group = new Group({ limit: 100 })
        for (let at = 0; at < count; at++) group.go(task)
        await group.wait()
      },
      'p-limit': (count) => joinAll(pLimit(100), count),
      'p-queue': (count) => queueAll(new PQueue({ concurrency: 100 }), count),
    },
  },
  {
    name: 'channel hand-over',
    count: 100_000,
    by: {
      'Genever Channel': (count) => handOver(new Channel<number>(), count),
      'async-channel': (count) => pushAndGet(new AsyncChannel(0), count),
      '@thi.ng/csp': (count) => writeAndRead(channel(1), count),
    },
  },
  {
    name: 'channel, buffer of 100',
    count: 100_000,
    by: {
      'Genever Channel': (count) => handOver(new Channel<number>(100), count),
      'async-channel': (count) => pushAndGet(new AsyncChannel(100), count),
      '@thi.ng/csp': (count) => writeAndRead(channel(100), count),
    },
  },
  {
    name: 'select of two channels',
    count: 20_000,
    by: {
      'Genever select': async (count) => {
        const [left, right] = [new Channel<number>(), new Channel<number>()]
        const senders = [sendAll(left, count / 2), sendAll(right, count / 2)]
        for (let at = 0; at < count; at++) await select({ left: left.receiving(), right: right.receiving() })
        await Promise.all(senders)
      },
      '@thi.ng/csp': async (count) => {
        const [left, right] = [channel(1), channel(1)]
        const senders = [writeAll(left, count / 2), writeAll(right, count / 2)]
        for (let at = 0; at < count; at++) await selectChannel(left, right)
        await Promise.all(senders)
      },
    },
  },
  {
    name: 'mutex, free',
    count: 100_000,
    by: {
      'Genever Mutex': async (count) => {
        const mutex = new Mutex()
        for (let at = 0; at < count; at++) {
          await mutex.lock()
          mutex.unlock()
        }
      },
      'async-mutex': async (count) => {
        const mutex = new AsyncMutex()
        for (let at = 0; at < count; at++) (await mutex.acquire())()
      },
    },
  },
  {
    name: 'mutex, 100 waiting',
    count: 100_000,
    by: {
      'Genever Mutex': (count) => {
        const mutex = new Mutex()
        return contend(count, async () => {
          await mutex.lock()
          await undefined
          mutex.unlock()
        })
      },
      'async-mutex': (count) => {
        const mutex = new AsyncMutex()
        return contend(count, async () => {
          const release = await mutex.acquire()
          await undefined
          release()
        })
      },
    },
  },
  {
    name: 'semaphore of 10, 100 waiting',
    count: 100_000,
    by: {
      'Genever Semaphore': (count) => {
        const semaphore = new Semaphore(10)
        return contend(count, async () => {
          await semaphore.acquire()
          await undefined
          semaphore.release()
        })
      },
      'async-mutex': (count) => {
        const semaphore = new AsyncSemaphore(10)
        return contend(count, async () => {
          const [, release] = await semaphore.acquire()
          await undefined
          release()
        })
      },
      'async-sema': (count) => {
        const semaphore = new Sema(10)
        return contend(count, async () => {
          await semaphore.acquire()
          await undefined
          semaphore.release()
        })
      },
    },
  },
  {
    name: 'pool, get and put',
    count: 1_000_000,
    by: {
      'Genever Pool': (count) => {
        const pool = new Pool({ create: newBuffer })
        for (let at = 0; at < count; at++) {
          const kept = pool.get()
          kept[0] = at & 255
          pool.put(kept)
        }
      },
    },
  },
]

const buffers = {
  name: 'a new buffer instead',
  count: 100_000,
  by: {
    'new Uint8Array(4096)': (count: number) => {
      for (let at = 0; at < count; at++) newBuffer()[0] = at & 255
    },
  },
}

for (const operation of [...operations, buffers]) await measure(operation)
await measureMemory()
await measureWorkers()

async function measure({ name, count, by }: Operation): Promise<void> {
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const [implementation, run] of Object.entries(by)) {
      gc()
      const startedMs = performance.now()
      await run(count)
      const ns = ((performance.now() - startedMs) * 1e6) / count
      best.set(implementation, Math.min(ns, best.get(implementation) ?? ns))
    }
  }
  for (const [implementation, ns] of best) report({ operation: name, name: implementation, ns })
}

/** Of a task that waits on a gate, with whatever keeps it. */
async function measureMemory(): Promise<void> {
  const count = 10_000
  const measureOne = async (name: string, start: (gate: Promise<void>) => () => Promise<unknown>): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = heapBytes()
    const join = start(promise)
    // Some packages begin a task only in a later turn.
    await nextTurn()
    const bytes = (heapBytes() - before) / count
    resolve()
    await join()
    report({ operation: 'memory of a waiting task', name, bytes })
  }
  await measureOne('Genever Group', (gate) => {
    const group = new Group()
    for (let at = 0; at < count; at++) group.go(() => waitFor(gate))
    return () => group.wait()
  })
  await measureOne('Promise.all', (gate) => {
    const tasks = Array.from({ length: count }, () => waitFor(gate))
    return () => Promise.all(tasks)
  })
  await measureOne('p-limit', (gate) => {
    const limit = pLimit(count)
    const tasks = Array.from({ length: count }, () => limit(() => waitFor(gate)))
    return () => Promise.all(tasks)
  })
}

/** Two threads, calls of very different size. */
async function measureWorkers(): Promise<void> {
  for (const { name, hashes, count } of [
    { name: 'threads: a call of no work', hashes: 0, count: 20_000 },
    { name: 'threads: a call of 100 hashes', hashes: 100, count: 2_000 },
  ]) {
    const workers = new Workers({ threads: 2, maxPending: count })
    const piscina = new Piscina({
      filename: join(folder, 'work.mjs'),
      minThreads: 2,
      maxThreads: 2,
      concurrentTasksPerWorker: 1,
    })
    await measure({
      name,
      count,
      by: {
        'Genever Workers': (calls) => callAll(() => workers.run(chain, hashes), calls),
        Piscina: (calls) => callAll(() => piscina.run(hashes), calls),
      },
    })
    await Promise.all([workers.close(), piscina.destroy()])
  }
  await measure({
    name: 'threads: a call of 100 hashes',
    count: 500,
    by: {
      'on the main thread': (calls) => {
        for (let call = 0; call < calls; call++) {
          let digest = 'gin'
          for (let round = 0; round < 100; round++) digest = createHash('sha256').update(digest).digest('hex')
        }
      },
    },
  })
}

async function task(): Promise<void> {
  await undefined
}

async function waitFor(gate: Promise<void>): Promise<void> {
  await gate
}

function newBuffer(): Uint8Array {
  return new Uint8Array(4096)
}

async function joinAll(start: (body: () => Promise<void>) => Promise<void>, count: number): Promise<void> {
  const tasks: Promise<void>[] = []
  for (let at = 0; at < count; at++) tasks.push(start(task))
  await Promise.all(tasks)
}

async function queueAll(queue: InstanceType<Peers['PQueue']>, count: number): Promise<void> {
  for (let at = 0; at < count; at++) void queue.add(task)
  await queue.onIdle()
}

async function sendAll(to: Channel<number>, count: number): Promise<void> {
  for (let value = 0; value < count; value++) await to.send(value)
}

async function handOver(through: Channel<number>, count: number): Promise<void> {
  const sender = sendAll(through, count)
  for (let at = 0; at < count; at++) await through.receive()
  await sender
}

async function writeAll(to: ReturnType<Peers['channel']>, count: number): Promise<void> {
  for (let value = 0; value < count; value++) await to.write(value)
}

async function writeAndRead(through: ReturnType<Peers['channel']>, count: number): Promise<void> {
  const writer = writeAll(through, count)
  for (let at = 0; at < count; at++) await through.read()
  await writer
}

async function pushAndGet(through: InstanceType<Peers['AsyncChannel']>, count: number): Promise<void> {
  const pushAll = async (): Promise<void> => {
    for (let value = 0; value < count; value++) await through.push(value)
  }
  const pusher = pushAll()
  for (let at = 0; at < count; at++) await through.get()
  await pusher
}

async function contend(count: number, enter: () => Promise<void>): Promise<void> {
  const enterAgain = async (): Promise<void> => {
    for (let at = 0; at < count / 100; at++) await enter()
  }
  await Promise.all(Array.from({ length: 100 }, enterAgain))
}

async function callAll(call: () => Promise<unknown>, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, call))
}

function gc(): void {
  const collect: unknown = Reflect.get(globalThis, 'gc')
  if (typeof collect === 'function') collect()
}

function heapBytes(): number {
  gc()
  return process.memoryUsage().heapUsed
}

function report(figure: { operation: string; name: string; ns?: number; bytes?: number }): void {
  console.log(JSON.stringify(figure))
}
