/**
 * echo: answers any method and any path with what was asked, for suites that test the wire from outside.
 *
 *   GET /a?b=1 → 200 {"method":"GET","uri":"L2E/Yj0x"
 *   POST / {"a":1} → 200 "body":"eyJhIjoxfQ=="}
 *   prints echo listens on http://127.0.0.1:
 *
 * `uri` and `body` are base64; `headers` are pairs in the order of their arrival. It listens on 127.0.0.1:$PORT (8080) with
 * the engine that $ENGINE names: `sockets` (default) or `native`.
 */
import { onSignal, runtimeName } from 'genever/platform'
import { type Exchange, HeaderList, nativeEngine, socketsEngine } from 'genever/wire'

const engine = process.env.ENGINE === 'native' ? nativeEngine : socketsEngine
const headers = new HeaderList().append('content-type', 'application/json')

const server = await engine.listen({
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  handler: echo,
  onError: (error) => console.error(error),
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) onSignal(signal, () => server.close(AbortSignal.timeout(5_000)))
console.log(`echo listens on http://127.0.0.1:${server.port} (${engine.name} engine on ${runtimeName})`)

async function echo(exchange: Exchange): Promise<void> {
  exchange.retain()
  const body = await exchange.body.bytes()
  const answer = {
    method: exchange.method,
    uri: base64(exchange.head.subarray(exchange.pathStart, Math.max(exchange.pathEnd, exchange.queryEnd))),
    headers: pairs(exchange.headerPairs()),
    body: base64(body),
  }
  exchange.respond(200, headers, JSON.stringify(answer))
}

function pairs(names: readonly string[]): [string, string][] {
  return names.flatMap((name, at) => (at % 2 === 0 ? [[name, names[at + 1] ?? '']] : []))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
