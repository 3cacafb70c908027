/**
 * What the framework adds to a request, in CPU time above the exchange: a context, the layers around a handler, the routes
 * beside the one that answers. `node scripts/context-cost.ts`, or with bun. Fastest of the rounds; other work on the machine
 * shows in it all the same.
 */
import { Context } from '../src/foundation/context/context.ts'
import { createApp } from '../src/http/app.ts'
import type { Middleware } from '../src/http/middleware.ts'
import { observer } from '../src/http/observer.ts'
import type { Exchange, ExchangeHandler } from '../src/wire/exchange.ts'

const calls = 100_000
const rounds = 9
const layers = 10

let depth = 0
const kinds: { name: string; layer: Middleware }[] = [
  {
    name: 'synchronous layer',
    layer(_c, next) {
      depth++
      const reply = next()
      depth--
      return reply
    },
  },
  {
    name: 'asynchronous layer',
    async layer(_c, next) {
      depth++
      const reply = await next()
      depth--
      return reply
    },
  },
  { name: 'observer', layer: observer('counting', () => ({ enter: () => void depth++, leave: () => void depth-- })) },
]

/** An exchange that is asked for `/ping` and throws its answer away. */
function exchangeOf(): Exchange {
  return {
    method: 'GET',
    head,
    pathStart: 4,
    pathEnd: 9,
    queryStart: 9,
    queryEnd: 9,
    header: () => undefined,
    retain() {},
    onCancel() {},
    respond() {},
  } satisfies Partial<Exchange> as Partial<Exchange> as Exchange
}

const head = Buffer.from('GET /ping HTTP/1.1\r\n\r\n')

function handlerWith(middleware: readonly Middleware[], isAsync: boolean, routes = 1): ExchangeHandler {
  const app = createApp()
  app.use(...middleware)
  app.get('/ping', isAsync ? async () => 'pong' : () => 'pong')
  for (let i = 1; i < routes; i++) app.get(`/resource${i % 40}/:id/part${i}`, () => 'part')
  return app.handler
}

async function fastestNs(call: () => unknown): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < calls; i++) {
      const pending = call()
      if (pending instanceof Promise) await pending
    }
    const { user, system } = process.cpuUsage(before)
    fastest = Math.min(fastest, ((user + system) / calls) * 1_000)
  }
  return fastest
}

function requestNs(middleware: readonly Middleware[], isAsync = false, routes = 1): Promise<number> {
  const handler = handlerWith(middleware, isAsync, routes)
  return fastestNs(() => handler(exchangeOf()))
}

function tell(what: string, ns: number): void {
  console.log(`${what.padEnd(28)} ${ns.toFixed(0).padStart(5)} ns`)
}

tell('a call in its own context', await fastestNs(() => new Context().run(() => depth)))
tell('request, synchronous', await requestNs([]))
tell('request, asynchronous', await requestNs([], true))
tell('request among 1,000 routes', await requestNs([], false, 1_000))
for (const { name, layer } of kinds) {
  const isAsync = name === 'asynchronous layer'
  const bareNs = await requestNs([], isAsync)
  const layeredNs = await requestNs(new Array(layers).fill(layer), isAsync)
  tell(name, (layeredNs - bareNs) / layers)
}
