/**
 * The sockets of the C library under random treatment: a wrong address or a descriptor told for another would end the
 * process, lose bytes or keep descriptors, and must do so here.
 *
 *   SEED=1 ITERATIONS=20000 node tests/fuzz/libc-fuzz.ts
 *
 *   faithful   pieces of random sizes, pauses on both sides, a half-close: all of it comes back, in order
 *   http       random requests, pipelined and cut anywhere, over the engine: every answer comes, in order
 *   rude       resets, sudden ends and half-closes by either side at any time: both ends learn of it, once
 *
 * Dozens of each at once, so that descriptors are used again while events for their predecessors are under way.
 */
import { readdirSync } from 'node:fs'
import { connect } from '../../src/platform/connect.ts'
import { listen } from '../../src/platform/libc/listen.ts'
import type { Listener } from '../../src/platform/listen.ts'
import type { Socket, SocketHandlers } from '../../src/platform/socket.ts'
import type { EngineServer } from '../../src/wire/engines/engine.ts'
import { libcEngine } from '../../src/wire/engines/libc.ts'
import { HeaderList } from '../../src/wire/headers.ts'
import { Random, randomCuts } from './mutation.ts'

export interface LibcFuzzReport {
  readonly connections: number
  readonly bytes: number
  /** Descriptors that were not there before. */
  readonly leaked: number
}

const parallel = 48
const maxPieceBytes = 300_000
const none = new HeaderList()
const patienceMs = 20_000

/** @throws Error with seed and iteration, when something does not hold. */
export async function fuzzLibcSockets({
  seed,
  iterations,
}: {
  seed: number
  iterations: number
}): Promise<LibcFuzzReport> {
  const random = new Random(seed)
  // The first connection opens what the process keeps: the epoll instance, the runtime's own descriptors.
  await inHouse(random, (house) => house.faithful())
  const before = openDescriptors()
  let connections = 0
  let bytes = 0
  for (let iteration = 0; iteration < iterations; iteration += parallel) {
    await inHouse(random, async (house) => {
      const visits = Array.from({ length: Math.min(parallel, iterations - iteration) }, () => house.visit())
      await inTime(Promise.all(visits), `seed ${seed}, iteration ${iteration}`)
      connections += visits.length
    }).then((carried) => {
      bytes += carried
    })
  }
  return { connections, bytes, leaked: await leakedSince(before) }
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Closing takes the runtime a moment. */
async function leakedSince(before: number): Promise<number> {
  for (let looks = 0; looks < 100 && openDescriptors() > before; looks++) await pause(20)
  return openDescriptors() - before
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function inTime(task: Promise<unknown>, where: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over within ${patienceMs} ms`)), patienceMs)
  })
  try {
    await Promise.race([task, late])
  } catch (cause) {
    throw new Error(`${where}: ${cause}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** Two servers for the time of a visit; whatever they saw opened must be seen closed. Returns the bytes that came back. */
async function inHouse(random: Random, visit: (house: House) => Promise<unknown>): Promise<number> {
  const house = await House.open(random)
  try {
    await visit(house)
  } finally {
    await house.close()
  }
  return house.bytes
}

/** What the echo server does to a connection. */
interface Manners {
  /** After so many bytes it is treated as `end` says. */
  readonly endsAfter: number
  readonly end: 'politely' | 'suddenly' | 'with a reset' | 'with a throw'
  received: number
}

class House {
  bytes = 0
  readonly #random: Random
  readonly #echo: Listener
  readonly #http: EngineServer
  readonly #open: Set<Socket<Manners>>

  private constructor(random: Random, echo: Listener, http: EngineServer, open: Set<Socket<Manners>>) {
    this.#random = random
    this.#echo = echo
    this.#http = http
    this.#open = open
  }

  static async open(random: Random): Promise<House> {
    const open = new Set<Socket<Manners>>()
    const echo = await listen({ handlers: echoing(random, open) })
    const http = await libcEngine.listen({
      handler: async (exchange) => {
        const body = await exchange.body.bytes()
        if (random.below(3) === 0) await pause(random.below(3))
        exchange.respond(200, none, Buffer.from(body))
      },
    })
    return new House(random, echo, http, open)
  }

  async close(): Promise<void> {
    await Promise.all([this.#echo.close(), this.#http.close(AbortSignal.timeout(2_000))])
    for (let looks = 0; this.#open.size > 0; looks++) {
      if (looks > 200) throw new Error(`${this.#open.size} connections were never told to be closed`)
      await pause(20)
    }
  }

  visit(): Promise<void> {
    const kind = this.#random.below(4)
    if (kind === 0) return this.faithful()
    return kind === 1 ? this.#pipelined() : this.#rude()
  }

  /** The `!` asks the server to behave. */
  async faithful(): Promise<void> {
    const sent = Buffer.concat([
      Buffer.from('!'),
      ...Array.from({ length: 1 + this.#random.below(6) }, () => this.#piece()),
    ])
    const received = await this.#converse(this.#echo.port, sent, true)
    if (!received.equals(sent)) throw new Error(`${received.length} of ${sent.length} bytes came back, or others`)
    this.bytes += sent.length
  }

  async #pipelined(): Promise<void> {
    const bodies = Array.from({ length: 1 + this.#random.below(8) }, () => this.#piece(20_000).toString('latin1'))
    const requests = bodies.map((body, index) => {
      const last = index === bodies.length - 1 ? 'connection: close\r\n' : ''
      return `POST /${index} HTTP/1.1\r\nhost: a\r\n${last}content-length: ${body.length}\r\n\r\n${body}`
    })
    const text = (await this.#converse(this.#http.port, Buffer.from(requests.join(''), 'latin1'), false)).toString(
      'latin1',
    )
    const answers = text
      .split('HTTP/1.1 200 ')
      .slice(1)
      .map((answer) => answer.slice(answer.indexOf('\r\n\r\n') + 4))
    if (answers.join('|') !== bodies.join('|'))
      throw new Error(`${answers.length} of ${bodies.length} answers were right`)
    this.bytes += text.length
  }

  /** Sends, reads and ends as it likes; what counts is that it is over for both sides. */
  async #rude(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const handlers: SocketHandlers<undefined> = {
      data: () => undefined,
      peerEnd: (socket) => socket.end(),
      close: () => resolve(),
    }
    const port = this.#random.below(4) === 0 ? this.#http.port : this.#echo.port
    const socket = await connect({ port, state: undefined, handlers }).catch(() => undefined)
    if (socket === undefined) return
    for (let steps = this.#random.below(6); steps > 0; steps--) {
      const step = this.#random.below(6)
      if (step < 3) socket.write(this.#piece(step === 0 ? 10 : maxPieceBytes))
      else if (step === 3) socket.pause()
      else if (step === 4) socket.resume()
      else await pause(this.#random.below(3))
    }
    socket.resume()
    const end = this.#random.below(3)
    if (end === 0) socket.destroy()
    else if (end === 1) socket.destroy({ reset: true })
    else {
      socket.end()
      await pause(this.#random.below(5))
      socket.destroy()
    }
    await closed
  }

  /** Sends in random pieces, reads with pauses, half-closes if asked to, and returns everything that came. */
  async #converse(port: number, bytes: Buffer, halfCloses: boolean): Promise<Buffer> {
    const received: Buffer[] = []
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const random = this.#random
    const socket = await connect({
      port,
      state: undefined,
      handlers: {
        data(socket, piece) {
          received.push(Buffer.from(piece))
          if (random.below(8) > 0) return
          socket.pause()
          setTimeout(() => socket.resume(), random.below(4))
        },
        peerEnd: (socket) => socket.end(),
        close: (_, error) => (error === undefined ? resolve() : reject(error)),
      },
    })
    let from = 0
    for (const to of [...randomCuts(bytes.length, random), bytes.length]) {
      socket.write(bytes.subarray(from, to))
      from = to
      if (random.below(3) === 0) await pause(random.below(3))
    }
    if (halfCloses) socket.end()
    await promise
    return Buffer.concat(received)
  }

  #piece(maxBytes = maxPieceBytes): Buffer {
    const random = this.#random
    const length = random.below(3) === 0 ? random.below(maxBytes) : random.below(Math.min(maxBytes, 2_000))
    return Buffer.alloc(length, `${random.below(1_000_000)} of ${length};`)
  }
}

/** Gives back what it gets, by any of the three ways out, and holds back who does not read. */
function echoing(random: Random, open: Set<Socket<Manners>>): SocketHandlers<Manners> {
  const manners = ['politely', 'suddenly', 'with a reset', 'with a throw'] as const
  return {
    open(socket) {
      open.add(socket)
      socket.state = { endsAfter: random.below(maxPieceBytes), end: random.pick(manners), received: 0 }
    },
    data(socket, bytes) {
      const { state } = socket
      if (state.received === 0 && bytes[0] === 33) Object.assign(state, { endsAfter: Number.POSITIVE_INFINITY })
      state.received += bytes.length
      const keepsUp = giveBack(socket, bytes, random.below(3))
      if (state.received > state.endsAfter) leave(socket)
      else if (!keepsUp) socket.pause()
      else if (random.below(16) === 0) {
        socket.pause()
        setTimeout(() => socket.resume(), random.below(3))
      }
    },
    drained: (socket) => socket.resume(),
    peerEnd: (socket) => socket.end(),
    close: (socket) => {
      if (!open.delete(socket)) throw new Error('a connection was closed twice, or never opened')
    },
  }
}

function giveBack(socket: Socket<Manners>, bytes: Uint8Array, way: number): boolean {
  if (way === 0) return socket.write(Uint8Array.from(bytes))
  if (way === 1) return socket.write(Buffer.from(bytes).toString('latin1'))
  const { scratch } = socket
  const before = scratch.end
  scratch.copy(bytes)
  return socket.send(before)
}

function leave(socket: Socket<Manners>): void {
  const { end } = socket.state
  if (end === 'with a throw') throw new Error('a fault of the owner')
  if (end === 'politely') socket.end()
  else socket.destroy({ reset: end === 'with a reset' })
}

if (import.meta.main) {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
  const iterations = Number(process.env.ITERATIONS ?? 20_000)
  console.log(JSON.stringify({ seed, iterations, ...(await fuzzLibcSockets({ seed, iterations })) }))
}
