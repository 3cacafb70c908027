/**
 * HTTP/1.1 as others test it, against the sockets engine on a real port with a handler that answers any request with its
 * body.
 *
 *   llhttp   165 inputs of Node.js's parser, read from where third-party cases lie; 67 of them say what must come of them
 *   h1spec   the 33 situations of uNetworking/h1spec, in our own words
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { connect } from '../../src/platform/connect.ts'
import type { EngineServer } from '../../src/wire/engines/engine.ts'
import { socketsEngine } from '../../src/wire/engines/sockets.ts'
import { HeaderList } from '../../src/wire/headers.ts'

const casesFile = new URL('../../../shared/conformance/http1/llhttp.jsonl', import.meta.url)
const page = new URL('../../docs/reference/http1-conformance.md', import.meta.url)

/** Silence for so long counts as waiting for more. */
const quietMs = 300

let server: EngineServer
const serverErrors: unknown[] = []

before(async () => {
  server = await socketsEngine.listen({
    handler: async (exchange) => exchange.respond(200, new HeaderList(), await exchange.body.bytes()),
    onError: (error) => serverErrors.push(error),
  })
})

after(() => server.close(AbortSignal.timeout(0)))

interface Observed {
  /** Statuses in order, interim ones too. */
  statuses: number[]
  /** Body of the first final answer. */
  body: string
  isClosed: boolean
}

/** Sends the bytes in one piece and listens until the server closes or falls silent. */
async function observe(bytes: Uint8Array): Promise<Observed> {
  let heard = ''
  let isClosed = false
  const closed = Promise.withResolvers<void>()
  const close = (): void => {
    isClosed = true
    closed.resolve()
  }
  const data = (_: unknown, piece: Uint8Array): void => {
    heard += Buffer.from(piece).toString('latin1')
  }
  const socket = await connect({ port: server.port, state: undefined, handlers: { data, peerEnd: close, close } })
  socket.write(bytes)
  await Promise.race([closed.promise, silence(() => heard.length)])
  socket.destroy()
  const statuses = Array.from(heard.matchAll(/HTTP\/1\.1 (\d{3})/g), (match) => Number(match[1]))
  return { statuses, body: bodyOf(heard), isClosed }
}

/** A server that is only slow answers others first, or not yet; one that answers them and adds nothing here is silent. */
async function silence(heardBytes: () => number): Promise<void> {
  for (let before = -1; before !== heardBytes(); ) {
    before = heardBytes()
    await answerToAnother()
    await new Promise((resolve) => setTimeout(resolve, quietMs))
  }
}

async function answerToAnother(): Promise<void> {
  const answered = Promise.withResolvers<void>()
  const handlers = { data: () => answered.resolve(), close: () => answered.resolve() }
  const socket = await connect({ port: server.port, state: undefined, handlers })
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await answered.promise
  socket.destroy()
}

function bodyOf(heard: string): string {
  const head = heard.indexOf('HTTP/1.1 2')
  const start = heard.indexOf('\r\n\r\n', head) + 4
  const length = Number(/content-length: (\d+)/.exec(heard.slice(head, start))?.[1] ?? 0)
  return head === -1 ? '' : heard.slice(start, start + length)
}

const isAccepted = ({ statuses }: Observed): boolean => statuses.some((status) => status >= 200 && status < 300)
const isRefused = ({ statuses, isClosed }: Observed): boolean =>
  statuses.some((status) => status >= 400 && status < 500) || (isClosed && statuses.length === 0)

interface LlhttpCase {
  readonly id: string
  readonly expect: 'accept' | 'reject' | 'info'
  readonly b64: string
}

/** Where we do otherwise than llhttp expects, and the section that says why. The page lists the same. */
const exceptions: Readonly<Record<string, { section: string; statuses: number[]; why: string }>> = {
  'connection.md#No restart when keep-alive is off (1.0)#2': {
    section: 'RFC 9112 section 9.6',
    statuses: [200],
    why: 'the first request is good and is answered; the connection closes and what follows is not processed',
  },
  'method.md#SOURCE request with ICE#86': {
    section: 'RFC 9112 section 2.3',
    statuses: [400],
    why: 'ICE is another protocol',
  },
  'method.md#OPTIONS request with RTSP#87': {
    section: 'RFC 9112 section 2.3',
    statuses: [400],
    why: 'RTSP is another protocol',
  },
  'method.md#ANNOUNCE request with RTSP#88': {
    section: 'RFC 9112 section 2.3',
    statuses: [400],
    why: 'RTSP is another protocol, and so is the method',
  },
}

describe('the llhttp cases', () => {
  if (!existsSync(casesFile)) {
    const message = 'the third-party cases are not beside the project, at ../shared/conformance/http1/llhttp.jsonl'
    it(`are read: ${message}`, { skip: process.env.CI === 'true' ? false : message }, () => assert.fail(message))
    return
  }
  const cases = readFileSync(casesFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LlhttpCase)
  const observed = new Map<string, Observed>()

  before(async () => {
    await Promise.all(
      cases.map(async ({ id, b64 }) => {
        observed.set(id, await observe(Buffer.from(b64, 'base64')))
      }),
    )
  })

  const observedFor = (id: string): Observed => observed.get(id) ?? { statuses: [], body: '', isClosed: false }

  it('are all there', () => {
    assert.equal(cases.length, 165)
    assert.equal(cases.filter(({ expect }) => expect !== 'info').length, 67)
  })

  it('never meet a server error', () => {
    const failing = cases.filter(({ id }) => observedFor(id).statuses.some((status) => status >= 500))
    assert.deepEqual(failing, [])
    assert.deepEqual(serverErrors, [])
  })

  it('come out as llhttp expects, or as an exception says', () => {
    const wrong = cases.filter(({ id, expect }) => {
      if (expect === 'info' || id in exceptions) return false
      return expect === 'accept' ? !isAccepted(observedFor(id)) : !isRefused(observedFor(id))
    })
    assert.deepEqual(
      wrong.map(({ id }) => ({ id, ...observedFor(id) })),
      [],
    )
  })

  for (const [id, { section, statuses, why }] of Object.entries(exceptions)) {
    it(`differ for a reason: ${id}, because ${why} (${section})`, () => {
      const { statuses: actual, isClosed } = observedFor(id)
      assert.deepEqual({ statuses: actual, isClosed }, { statuses, isClosed: true })
    })
  }

  it('differ only where the page says so', () => {
    const rows = Array.from(
      readFileSync(page, 'utf8').matchAll(/^\| `(.+)` \| (RFC \d+ section [\d.]+) \|/gm),
      (match) => ({
        id: match[1],
        section: match[2],
      }),
    )
    assert.deepEqual(
      rows,
      Object.entries(exceptions).map(([id, { section }]) => ({ id, section })),
    )
  })
})

interface Situation {
  readonly why: string
  readonly send: string
  /** `waits`: nothing is said and nothing closed. */
  readonly expected: 'waits' | 'accepted' | 'refused'
  readonly body?: string
}

const host = 'Host: example.com\r\n'
const complete = 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n'
/** A request that stops in the middle is waited for: fifteen places to stop. */
const stops: readonly (readonly [number, string])[] = [
  [1, 'in the method'],
  [4, 'behind the method'],
  [10, 'in the target'],
  [11, 'behind the target'],
  [15, 'in the version'],
  [19, 'behind the version'],
  [20, 'in the end of the request line'],
  [21, 'behind the request line'],
  [24, 'in a field name'],
  [26, 'behind a colon'],
  [27, 'before a field value'],
  [36, 'behind a field value'],
  [37, 'in the end of a field line'],
  [38, 'behind a field line'],
  [39, 'in the end of the head'],
]

const situations: readonly Situation[] = [
  ...stops.map(
    ([length, place]) => ({ why: `it stops ${place}`, send: complete.slice(0, length), expected: 'waits' }) as const,
  ),
  { why: 'it is complete', send: `GET / HTTP/1.1\r\n${host}\r\n`, expected: 'accepted' },
  {
    why: 'it has names in mixed case, a tab and an empty field',
    send: 'GET / HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n',
    expected: 'accepted',
  },
  {
    why: 'it has a field of nothing but a space',
    send: `GET / HTTP/1.1\r\n${host}X-Empty: \r\n\r\n`,
    expected: 'accepted',
  },
  {
    why: 'it expects a 100 for no body',
    send: `GET / HTTP/1.1\r\n${host}Expect: 100-continue\r\n\r\n`,
    expected: 'accepted',
  },
  {
    why: 'it has a body',
    send: `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    expected: 'accepted',
    body: 'hello',
  },
  {
    why: 'it has a chunked body',
    send: `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nc\r\nhello chunks\r\n0\r\n\r\n`,
    expected: 'accepted',
    body: 'hello chunks',
  },
  { why: 'it has no version', send: 'GET / \r\n\r\n', expected: 'refused' },
  { why: 'it has a version that does not exist', send: `GET / HTTP/9.9\r\n${host}\r\n`, expected: 'refused' },
  { why: 'it has words before the method', send: `Some wordsGET / HTTP/1.1\r\n${host}\r\n`, expected: 'refused' },
  {
    why: 'it has a field name that is no token',
    send: `GET / HTTP/1.1\r\n${host}X-Bad[]: a\r\n\r\n`,
    expected: 'refused',
  },
  {
    why: 'it has a control character in a field',
    send: `GET / HTTP/1.1\r\n${host}X-Bad: a\x07\r\n\r\n`,
    expected: 'refused',
  },
  { why: 'it has a bare CR between fields', send: `GET / HTTP/1.1\r\n${host}\rX-Bad: a\r\n\r\n`, expected: 'refused' },
  { why: 'it has no Host', send: 'GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n', expected: 'refused' },
  { why: 'it has two Hosts', send: `GET / HTTP/1.1\r\n${host}Host: example.org\r\n\r\n`, expected: 'refused' },
  {
    why: 'it has a negative length',
    send: `GET / HTTP/1.1\r\n${host}Content-Length: -1234\r\n\r\n`,
    expected: 'refused',
  },
  {
    why: 'it has a negative length beyond numbers',
    send: `GET / HTTP/1.1\r\n${host}Content-Length: -${'1234567890'.repeat(3)}\r\n\r\n`,
    expected: 'refused',
  },
  {
    why: 'it has a length that is no number',
    send: `GET / HTTP/1.1\r\n${host}Content-Length: abc\r\n\r\n`,
    expected: 'refused',
  },
  {
    why: 'it has a length and chunks',
    send: `POST / HTTP/1.1\r\n${host}content-LengtH: 5\r\nTransFer-Encoding: chunked\r\n\r\nc\r\nhello chunks\r\n0\r\n\r\n`,
    expected: 'refused',
  },
]

describe('the situations of h1spec', () => {
  const observed = new Map<string, Observed>()

  before(async () => {
    await Promise.all(
      situations.map(async ({ why, send }) => {
        observed.set(why, await observe(Buffer.from(send, 'latin1')))
      }),
    )
  })

  it('are 33', () => assert.equal(situations.length, 33))

  for (const { why, expected, body } of situations) {
    it(`a request ${expected === 'waits' ? 'is waited for' : `is ${expected}`} when ${why}`, () => {
      const actual = observed.get(why) ?? { statuses: [], body: '', isClosed: false }
      if (expected === 'waits') assert.deepEqual(actual, { statuses: [], body: '', isClosed: false })
      else assert.ok(expected === 'accepted' ? isAccepted(actual) : isRefused(actual), JSON.stringify(actual))
      if (body !== undefined) assert.equal(actual.body, body)
    })
  }
})
