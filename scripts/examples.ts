/**
 * Runs every example on both runtimes and does what its header says.
 *
 *   GET /ping → 200 {"message":"pong"}          asks, and compares status and body
 *   POST /orders {"sku":"gin"} → 201            sends JSON; without a body behind the status only the status counts
 *   prints order placed                         a line of its output holds this text; lines in this order
 *   needs redis                                 a Redis is started for it, at REDIS_URL
 *   ends                                        it ends by itself with exit code 0; else it is told to stop, and must
 *
 *   node scripts/examples.ts                    all of them
 *   node scripts/examples.ts 03                 those whose name contains the word
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redisMissing, startRedis } from './systems/redis.ts'

const patienceMs = 20_000
const runtimes = ['node', 'bun'] as const

interface Exchange {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  readonly status: number
  readonly answer: string | undefined
}

interface Header {
  readonly exchanges: readonly Exchange[]
  readonly prints: readonly string[]
  readonly ends: boolean
  readonly needsRedis: boolean
}

const words = process.argv.slice(2)
const names = readdirSync('examples')
  .filter((name) => existsSync(`examples/${name}/main.ts`) && words.every((word) => name.includes(word)))
  .sort()

let failures = 0
for (const name of names) {
  for (const runtime of runtimes) {
    const startedMs = performance.now()
    const problem = await tryExample(name, runtime)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${name} on ${runtime} (${seconds} s)`)
    if (problem === undefined) continue
    console.log(problem)
    failures++
  }
}
if (names.length === 0) throw new Error(`No example has ${words.join(' and ')} in its name.`)
process.exitCode = failures === 0 ? 0 : 1

/** Resolves with what went wrong, if anything. */
async function tryExample(name: string, runtime: string): Promise<string | undefined> {
  const header = headerOf(readFileSync(`examples/${name}/main.ts`, 'utf8'))
  if (header.exchanges.length === 0 && header.prints.length === 0) return `${name}/main.ts: its header promises nothing`
  if (header.needsRedis && redisMissing !== false && process.env.CI !== 'true') {
    console.log(`skip ${name}: ${redisMissing}`)
    return undefined
  }
  const redis = header.needsRedis ? await startRedis() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'genever-example-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const child = spawn(runtime, [join(process.cwd(), 'examples', name, 'main.ts')], {
    cwd: folder,
    env: {
      ...process.env,
      ...(redis !== undefined && { REDIS_URL: redis.url }),
      NO_COLOR: '1',
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  const ended = new Promise<number | string>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code ?? -1)),
  )
  try {
    await keepPromises(header, port, child, ended, () => output)
    return undefined
  } catch (error) {
    return `${error instanceof Error ? error.message : error}\n${output}`
  } finally {
    child.kill('SIGKILL')
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function keepPromises(
  header: Header,
  port: number,
  child: ChildProcess,
  ended: Promise<number | string>,
  output: () => string,
): Promise<void> {
  if (header.exchanges.length > 0) await untilListening(port, ended)
  for (const exchange of header.exchanges) await ask(port, exchange)
  if (!header.ends) {
    await untilPrinted(header.prints, output)
    child.kill('SIGTERM')
  }
  const exit = await within(ended, 'it did not end')
  if (exit !== 0) throw new Error(`expected exit code 0, got ${exit}`)
  const missing = firstMissing(header.prints, output())
  if (missing !== undefined) throw new Error(`expected the output to hold «${missing}»`)
}

async function ask(port: number, { method, path, body, status, answer }: Exchange): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    redirect: 'manual',
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  if (response.status === status && (answer === undefined || text.includes(answer))) return
  throw new Error(`${method} ${path}: expected ${status} ${answer ?? ''}, got ${response.status} ${text}`)
}

/** The promises stand in the first comment of the file. */
function headerOf(source: string): Header {
  const comment = source.match(/\/\*\*([\s\S]*?)\*\//)?.[1] ?? ''
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trim())
  return {
    exchanges: lines.map(exchangeFrom).filter((exchange) => exchange !== undefined),
    prints: lines.flatMap((line) => line.match(/^prints (.+)$/)?.[1] ?? []),
    ends: lines.includes('ends'),
    needsRedis: lines.includes('needs redis'),
  }
}

function exchangeFrom(line: string): Exchange | undefined {
  const match = line.match(/^(GET|POST|PUT|PATCH|DELETE) (\/\S*)(?: (\S.*?))?\s+→\s+(\d{3})(?: (.+))?$/)
  if (match === null) return undefined
  const [, method = '', path = '', body, status, answer] = match
  return { method, path, body, status: Number(status), answer }
}

function firstMissing(wanted: readonly string[], output: string): string | undefined {
  let from = 0
  return wanted.find((text) => {
    const at = output.indexOf(text, from)
    from = at + text.length
    return at === -1
  })
}

async function untilPrinted(wanted: readonly string[], output: () => string): Promise<void> {
  const giveUpMs = performance.now() + patienceMs
  while (firstMissing(wanted, output()) !== undefined && performance.now() < giveUpMs) await pause(20)
}

async function untilListening(port: number, ended: Promise<number | string>): Promise<void> {
  let exit: number | string | undefined
  void ended.then((how) => (exit = how))
  const giveUpMs = performance.now() + patienceMs
  while (exit === undefined && performance.now() < giveUpMs) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await pause(25)
  }
  throw new Error(exit === undefined ? `nobody listened on ${port}` : `it ended with ${exit} before it listened`)
}

function within<T>(work: Promise<T>, complaint: string): Promise<T> {
  const limit = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${complaint} within ${patienceMs} ms`)), patienceMs).unref()
  })
  return Promise.race([work, limit])
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
