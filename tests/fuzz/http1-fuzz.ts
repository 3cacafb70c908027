/**
 * A mutation fuzzer for HTTP/1.1: good and nearly good messages, spoiled by a seeded chance, thrown at the wire.
 *
 *   SEED=1 ITERATIONS=1000000 node tests/fuzz/http1-fuzz.ts
 *
 *   server   a spoiled request, whole and in pieces: the same answers, no throw, no 5xx, nothing left under way
 *   handler  the same against handlers that stream, ignore, fail or answer late
 *   client   a spoiled answer, whole and in pieces: the same outcome, no throw
 */

import type { Exchange, ExchangeHandler } from '../../src/wire/exchange.ts'
import { HeaderList } from '../../src/wire/headers.ts'
import { Http1ClientConnection } from '../../src/wire/http1/client-connection.ts'
import { ScriptedClient, settled } from '../../src/wire/http1/scripted-client.fixture.ts'
import { bytesOf, ScriptedSocket } from '../../src/wire/scripted-socket.fixture.ts'
import { reachableBytes } from '../support/reachable-bytes.ts'
import { mutate, Random, randomCuts } from './mutation.ts'

export interface FuzzReport {
  readonly seed: number
  readonly iterations: number
  /** How often each status came, to see that the inputs are neither all good nor all bad. */
  readonly statuses: Readonly<Record<string, number>>
  /** Of what is still reachable: the resident size tells more of the collector than of a leak. */
  readonly grownBytes: number
}

const limits = { maxHeadBytes: 1_000, maxHeaders: 12, maxTargetBytes: 200, maxBodyBytes: 400 }

const requests: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /path/to?query=1&b=%20 HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\nUser-Agent: x/1.0\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n',
  'HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: [::1]\r\n\r\n',
  'GET http://b.example/p?q HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worldGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: t\r\n\r\n1;x="y\\"z"\r\na\r\n0\r\nT: v\r\n\r\n',
  'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nearly bytes',
  `GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\nX: ${'y'.repeat(300)}\r\n\r\n`,
  'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5),
]

const answers: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nEtag: "a"\r\n\r\n',
]

/** @throws Error with the input as it was sent, when something does not hold. */
export async function fuzzHttp1({ seed, iterations }: { seed: number; iterations: number }): Promise<FuzzReport> {
  const random = new Random(seed)
  const statuses: Record<string, number> = {}
  const warmUp = Math.floor(iterations / 4)
  let startBytes = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (iteration === warmUp) startBytes = reachableBytes()
    const request = mutate(random.pick(requests), requests, random)
    const answer = mutate(random.pick(answers), answers, random)
    try {
      for (const status of await checkServer(request, random)) statuses[status] = (statuses[status] ?? 0) + 1
      await checkHandlers(request, random)
      await checkClient(answer, random)
    } catch (cause) {
      const inputs = JSON.stringify({ request, answer })
      throw new Error(`seed ${seed}, iteration ${iteration}, inputs ${inputs}: ${cause}`, { cause })
    }
  }
  return { seed, iterations, statuses, grownBytes: reachableBytes() - startBytes }
}

// The server.

/** The statuses of a request that was answered the same, whole and in pieces. */
async function checkServer(request: string, random: Random): Promise<string[]> {
  const whole = await converse(echo, request, [])
  const pieces = await converse(echo, request, randomCuts(request.length, random))
  if (pieces !== whole) throw new Error(`pieces were answered\n${pieces}\nbut the whole\n${whole}`)
  return whole.match(/(?<=HTTP\/1\.1 )\d{3}/g) ?? []
}

async function checkHandlers(request: string, random: Random): Promise<void> {
  const handler = random.pick([stream, ignore, fail, late, upgrade])
  await converse(handler, request, randomCuts(request.length, random), handler !== fail)
}

/** Everything that was answered; a 100 depends on how the request was cut and is left out. */
async function converse(
  handler: ExchangeHandler,
  request: string,
  cuts: readonly number[],
  mayNotFail = true,
): Promise<string> {
  const client = new ScriptedClient(handler, limits)
  await client.sendInPieces(request, cuts)
  client.end()
  const heard = await untilEnded(client)
  const wrong = heard.match(/(?<=^|\n)HTTP\/1\.1 5(?!01|05)\d\d/)
  if (mayNotFail && (wrong !== null || client.errors.length > 0))
    throw new Error(`the server failed: ${wrong} ${client.errors}`)
  client.close()
  await settled()
  if (client.server.inFlight !== 0) throw new Error(`${client.server.inFlight} exchanges are left`)
  if (client.server.connectionCount !== 0) throw new Error('the connection is left')
  return heard.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '')
}

/** A client that has half-closed is always told something or hung up on. */
async function untilEnded(client: ScriptedClient): Promise<string> {
  for (let turn = 0; turn < 60; turn++) {
    const { isEnded, isDestroyed } = client.socket
    if (isEnded || isDestroyed) return client.socket.take()
    await settled()
  }
  throw new Error(`the connection hangs after ${JSON.stringify(client.socket.received)}`)
}

const none = new HeaderList()

function echo(exchange: Exchange): void | Promise<void> {
  const body = exchange.body.bytes()
  if (body instanceof Promise) return body.then((bytes) => answerEcho(exchange, bytes))
  answerEcho(exchange, body)
}

function answerEcho(exchange: Exchange, body: Uint8Array): void {
  const { method, head, pathStart, queryEnd, authority } = exchange
  const target = Buffer.from(head.subarray(pathStart, queryEnd)).toString('latin1')
  const fields = [method, target, authority, ...exchange.headerPairs(), exchange.trailer('t')]
  exchange.respond(200, none, `${JSON.stringify(fields)}${Buffer.from(body).toString('latin1')}`)
}

async function stream(exchange: Exchange): Promise<void> {
  const sink = exchange.start(200, none)
  for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read()) {
    await sink.write(piece)
    await settled()
  }
  sink.end()
}

function ignore(exchange: Exchange): void {
  exchange.respond(204, none)
}

function fail(exchange: Exchange): void {
  throw new Error(exchange.header('host'))
}

async function late(exchange: Exchange): Promise<void> {
  await settled()
  await echo(exchange)
}

function upgrade(exchange: Exchange): void | Promise<void> {
  if (exchange.header('upgrade') === undefined) return echo(exchange)
  const connection = exchange.upgrade?.(none)
  if (connection === undefined) return
  connection.handlers = { data: () => {}, end: () => connection.end() }
}

// The client.

async function checkClient(answer: string, random: Random): Promise<void> {
  const whole = await outcomeOf(answer, [])
  const pieces = await outcomeOf(answer, randomCuts(answer.length, random))
  if (pieces !== whole) throw new Error(`pieces came out as ${pieces}, but the whole as ${whole}`)
}

async function outcomeOf(answer: string, cuts: readonly number[]): Promise<string> {
  const connection = new Http1ClientConnection(limits)
  connection.opened(new ScriptedSocket(connection))
  const outcome = connection.request({ method: 'GET', target: '/', authority: 'a' }).then(async (response) => {
    const body = Buffer.from(await response.body.bytes()).toString('latin1')
    return JSON.stringify([response.status, response.headers.pairs, body, response.trailer('t')])
  })
  const caught = outcome.catch((error: unknown) => String(error))
  let from = 0
  for (const cut of [...cuts, answer.length]) {
    const bytes = bytesOf(answer.slice(from, cut))
    connection.received(bytes)
    bytes.fill(0x58)
    from = cut
    await settled()
  }
  connection.peerEnded()
  connection.closed(undefined)
  return caught
}

if (import.meta.main) {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
  const iterations = Number(process.env.ITERATIONS ?? 20_000)
  console.log(`SEED=${seed} ITERATIONS=${iterations}`)
  const started = performance.now()
  const { statuses, grownBytes } = await fuzzHttp1({ seed, iterations })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${seconds} s, memory grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB, statuses`, statuses)
}
