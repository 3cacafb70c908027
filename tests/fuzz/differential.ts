/**
 * The two engines against each other: random requests, good and spoiled, put to both with one handler.
 *
 *   SEED=1 ITERATIONS=20000 node tests/fuzz/differential.ts
 *
 *   bytes ─▶ sockets ─▶ what the handler was asked ┐
 *      └───▶ native  ─▶ what the handler was asked ┴─ alike │ a difference with a row in docs/reference/engines.md │ a finding
 *
 * Who is told what about the rest, and how soon, is the business of the matrix; here it matters that no engine takes for a
 * request, or for its body, what the other takes for something else.
 */
import { Buffer } from 'node:buffer'
import type { Engine } from '../../src/wire/engines/engine.ts'
import { nativeEngine } from '../../src/wire/engines/native.ts'
import { socketsEngine } from '../../src/wire/engines/sockets.ts'
import type { ExchangeHandler } from '../../src/wire/exchange.ts'
import { HeaderList } from '../../src/wire/headers.ts'
import { hear } from '../conformance/engines/heard.ts'
import { documentedDifference } from './documented-differences.ts'
import { mutate, Random } from './mutation.ts'

export interface DifferentialReport {
  readonly seed: number
  readonly iterations: number
  /** Requests that reached the handler of the sockets engine. */
  readonly accepted: number
  /** How often each row of the matrix explained a difference. */
  readonly documented: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly bytes: string
  readonly sockets: readonly Asked[]
  readonly native: readonly Asked[]
}

/** What a handler was asked. */
export interface Asked {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly tags: string
  /** In base64. */
  readonly body: string
}

export interface DifferentialOptions {
  readonly seed: number
  readonly iterations: number
  /** What is put beside `sockets`; `native` by default. Another one has no documented differences. */
  readonly other?: Engine
}

/** So many conversations at once, on each engine. */
const parallel = 40
/** Silence for so long counts as waiting for more; a finding is heard again, with more patience. */
const quietMs = 100
const patientMs = 600

export async function compareEngines({
  seed,
  iterations,
  other = nativeEngine,
}: DifferentialOptions): Promise<DifferentialReport> {
  const inputs = randomInputs(seed, iterations)
  const findings: Finding[] = []
  const documented: Record<string, number> = {}
  let accepted = 0
  const [sockets, native] = await Promise.all([open(socketsEngine), open(other)])
  const documentedRow = (finding: Finding) => (other === nativeEngine ? documentedDifference(finding) : undefined)

  const compare = async ({ bytes, isGood }: Input): Promise<void> => {
    let finding = await both(bytes, quietMs)
    // On a busy machine an answer may take longer than the silence that ends the listening.
    if (isGood && finding.sockets.length + finding.native.length === 0) finding = await both(bytes, patientMs)
    accepted += finding.sockets.length
    if (isAlike(finding)) return
    let row = documentedRow(finding)
    if (row === undefined) {
      finding = await both(bytes, patientMs)
      if (isAlike(finding)) return
      row = documentedRow(finding)
    }
    if (row === undefined) findings.push(finding)
    else documented[row] = (documented[row] ?? 0) + 1
  }

  const both = async (bytes: string, patience: number): Promise<Finding> => {
    const asked = await Promise.all([sockets, native].map(({ port }) => askedOn(port, bytes, patience)))
    const [bySockets = [], byNative = []] = asked
    return { bytes, sockets: bySockets, native: byNative }
  }

  try {
    const queue = inputs.values()
    await Promise.all(
      Array.from({ length: parallel }, async () => {
        for (const input of queue) await compare(input)
      }),
    )
  } finally {
    await Promise.all([sockets, native].map((server) => server.close(AbortSignal.timeout(0))))
  }
  return { seed, iterations, accepted, documented, findings }
}

async function open(engine: Engine): Promise<Awaited<ReturnType<Engine['listen']>>> {
  return engine.listen({
    handler: echo,
    onError: (error) => {
      throw new Error(`the ${engine.name} engine failed`, { cause: error })
    },
  })
}

const none = new HeaderList()

const echo: ExchangeHandler = async (exchange) => {
  const body = Buffer.from(await exchange.body.bytes()).toString('base64')
  const { method, head, pathStart, queryEnd, authority } = exchange
  const target = Buffer.from(head.subarray(pathStart, queryEnd)).toString('latin1')
  const asked: Asked = { method, target, authority, tags: exchange.header('x-tag') ?? '', body }
  exchange.respond(200, none, `<${Buffer.from(JSON.stringify(asked)).toString('base64')}>`)
}

async function askedOn(port: number, bytes: string, patience: number): Promise<Asked[]> {
  const { text } = await hear({ port, bytes, quietMs: patience })
  const answers = Array.from(text.matchAll(/<([A-Za-z0-9+/=]*)>/g), ([, base64 = '']) => base64)
  return answers.map((base64) => JSON.parse(Buffer.from(base64, 'base64').toString()) as Asked)
}

function isAlike({ sockets, native }: Finding): boolean {
  return JSON.stringify(sockets) === JSON.stringify(native)
}

// What is sent.

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
const targets = ['/', '/a', '/a/b/', '/%41%2F', '/a?b=c', '/a?b=%20&c', '//a', '/a.b-c_d~e!$&()*+,;=:@']
const hosts = ['a', 'a:80', 'shop.example', '127.0.0.1:8080', '[::1]:80']
const bodies = ['', 'a', 'hello world', 'x'.repeat(300), '\0\xff\r\n']
const fields = [
  '',
  '',
  'X-Tag: 1\r\n',
  'X-Tag: a b\tc\r\n',
  'X-Tag: \xe9\r\n',
  'Accept: */*\r\nUser-Agent: x/1.0 (y)\r\n',
  'Cookie: a=1; b=2\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
]

interface Input {
  readonly bytes: string
  readonly isGood: boolean
}

/** One in four as it should be, the others spoiled. */
function randomInputs(seed: number, count: number): Input[] {
  const random = new Random(seed)
  const good = Array.from({ length: 60 }, () => randomRequest(random))
  return Array.from({ length: count }, (_, index) => {
    const isGood = index % 4 === 0
    return { isGood, bytes: isGood ? randomRequest(random) : mutate(random.pick(good), good, random) }
  })
}

function randomRequest(random: Random): string {
  const method = random.pick(methods)
  const line = `${method} ${random.pick(targets)} HTTP/1.1\r\nHost: ${random.pick(hosts)}\r\n`
  return line + random.pick(fields) + random.pick(fields) + randomBody(method, random)
}

function randomBody(method: string, random: Random): string {
  const body = random.pick(bodies)
  const framing = method === 'GET' ? 0 : random.below(3)
  if (framing === 0) return '\r\n'
  if (framing === 1) return `Content-Length: ${body.length}\r\n\r\n${body}`
  const extension = random.pick(['', '', ';a=b', ';a="b c"'])
  const chunk = body === '' ? '' : `${body.length.toString(16)}${extension}\r\n${body}\r\n`
  return `Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n${chunk}0\r\n\r\n`
}

if (import.meta.main) {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
  const iterations = Number(process.env.ITERATIONS ?? 5_000)
  console.log(`SEED=${seed} ITERATIONS=${iterations}`)
  const startedMs = performance.now()
  const { accepted, documented, findings } = await compareEngines({ seed, iterations })
  console.log(
    `${((performance.now() - startedMs) / 1000).toFixed(1)} s, ${accepted} requests accepted, explained:`,
    documented,
  )
  for (const finding of findings.slice(0, 20)) console.log(JSON.stringify(finding, undefined, 1).slice(0, 2_000))
  console.log(`${findings.length} findings`)
  process.exit(findings.length === 0 ? 0 : 1)
}
